// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"vipward/conf"
)

// Generator makes configurations. It is not safe for concurrent use.
type Generator struct {
	rng    *rand.Rand
	rows   []conf.Keyword
	opener map[string]conf.Keyword // the row that opens a block
}

// New gives the generator of a seed for the keywords that are in a version of keepalived.
func New(seed uint64, rows []conf.Keyword) *Generator {
	g := &Generator{rng: rand.New(rand.NewPCG(seed, seed)), rows: rows, opener: map[string]conf.Keyword{}}
	for _, k := range rows {
		if _, ok := g.opener[k.Sub]; k.Sub != "" && !ok {
			g.opener[k.Sub] = k
		}
	}
	return g
}

// Next gives a configuration: one to three keywords of one block, each with a value, and
// in one of four a slip.
func (g *Generator) Next() string {
	k := &g.rows[g.rng.IntN(len(g.rows))]
	extra := g.statement(k)
	for g.rng.IntN(3) == 0 {
		other := g.neighbour(k)
		extra = append(extra, g.statement(other)...)
	}
	text := g.file(k, extra)
	if g.rng.IntN(4) == 0 {
		text = g.slip(text)
	}
	return strings.Join(g.layout(text), "\n") + "\n"
}

// With gives a configuration that is in order but for one keyword with one value.
func (g *Generator) With(k *conf.Keyword, value string) string {
	return strings.Join(g.file(k, g.spell(k.Name, value, k.Sub)), "\n") + "\n"
}

// neighbour gives another keyword of the same block.
func (g *Generator) neighbour(k *conf.Keyword) *conf.Keyword {
	for {
		if other := &g.rows[g.rng.IntN(len(g.rows))]; other.Block == k.Block {
			return other
		}
	}
}

// statement writes a keyword with some value.
func (g *Generator) statement(k *conf.Keyword) []string {
	if entries := list(k.Name); len(entries) > 0 && k.Sub == "" {
		out := []string{k.Name + " {"}
		for range 1 + g.rng.IntN(2) {
			out = append(out, pick(g, entries))
		}
		return append(out, "}")
	}
	name := pick(g, append([]string{k.Name, k.Name}, k.Aliases...))
	return g.spell(name, g.value(k), k.Sub)
}

// spell writes a keyword; one that opens a block has a frame behind it.
func (g *Generator) spell(name, value, sub string) []string {
	head := strings.TrimSpace(name + " " + value)
	if sub == "" {
		return []string{head}
	}
	f := frames[sub]
	return slices.Concat([]string{head + " {"}, split(f.body), split(f.tail), []string{"}"})
}

// value gives one of: a good value, one at the edge, none, anything, too many words.
func (g *Generator) value(k *conf.Keyword) string {
	switch n := g.rng.IntN(20); {
	case n < 9 && k.Sub != "":
		return frames[k.Sub].head
	case n < 9:
		return g.good(k)
	case n < 14:
		return g.edge(k)
	case n < 15:
		return ""
	case n < 19:
		return pick(g, anything)
	default:
		return g.good(k) + " " + pick(g, anything)
	}
}

// file puts statements into a block of the kind that k belongs to.
func (g *Generator) file(k *conf.Keyword, extra []string) []string {
	body, before := extra, []string{}
	for name := k.Block; name != ""; {
		f, up := frames[name], g.opener[name]
		body = slices.Concat(
			[]string{strings.TrimSpace(up.Name + " " + f.head + " {")},
			g.instead(f.body, extra), body, g.instead(f.tail, extra), []string{"}"},
		)
		before = append(before, split(f.before)...)
		name = up.Block
	}
	return slices.Concat(g.definitions(body, before), body)
}

// instead gives a frame's lines without the keywords that stand in for them.
func (g *Generator) instead(body string, extra []string) []string {
	out, depth := split(body), 0
	for _, l := range extra {
		word, _, _ := strings.Cut(l, " ")
		if depth == 0 {
			out = without(out, word)
		}
		depth += deeper(l)
	}
	return out
}

// definitions gives what the file refers to and is not in it.
func (g *Generator) definitions(body, before []string) []string {
	text := strings.Join(body, "\n")
	out := slices.Clone(before)
	for _, name := range slices.Sorted(maps.Keys(definitions)) {
		def := definitions[name]
		if strings.Contains(text, name) && !strings.Contains(text+strings.Join(before, "\n"), def[:strings.Index(def, "{")+1]) {
			out = append(out, split(def)...)
		}
	}
	if strings.Contains(text, "/usr/bin/env") || strings.Contains(strings.Join(out, ""), "/usr/bin/env") {
		out = append(split("global_defs {; enable_script_security; script_user root; }"), out...)
	}
	return out
}

// definitions are the objects that the values name.
var definitions = map[string]string{
	"chk":  `vrrp_script chk {; script "/usr/bin/env true"; }`,
	"tf":   "track_file tf {; file /etc/hostname; }",
	"proc": "vrrp_track_process proc {; process haproxy; }",
	"bfd1": "bfd_instance bfd1 {; neighbor_ip 10.0.0.2; }",
	"VI_8": instance("VI_8", "58"),
	"VI_9": instance("VI_9", "59"),
}

func pick[T any](g *Generator, from []T) T { return from[g.rng.IntN(len(from))] }
