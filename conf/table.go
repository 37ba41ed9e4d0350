// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// status says how far a keyword works.
type status uint8

const (
	works   status = iota
	ignored        // accepted without effect; note says why
	planned        // read and kept in full; what it asks for is not done yet
	later          // known, not supported yet
)

// keyword is one row of a table.
type keyword struct {
	name    string
	aliases []string
	value   value  // how its value is read; none for a block
	def     string // default, for people
	since   string // first version of keepalived that knows it, or beyond
	// deprecated is the version from which on keepalived advises better; loud says
	// that it complains.
	deprecated, better string
	loud               bool
	doc                string // one line
	status             status
	note               string // why it is ignored
	set                setter // takes the value into the draft
	// instead is the value that stands in for one that could not be read.
	instead any
	// required says that the configuration cannot run without a good value.
	required bool
	sub      *block // the block behind it, if it opens one
}

// block is a table: the keywords of one kind of block.
type block struct {
	name string // as in "vrrp_instance", "virtual_server.real_server"
	// named says that nothing can be done without the word behind the keyword.
	named bool
	rows  []keyword
	// enter makes the draft of a new block, or nil to skip the block. Nodes of the
	// parent's draft keep what it returns.
	enter func(d *decoder, parent any, n *Node) any
	// leave completes the draft at the end of its block; nil if nothing is to do.
	leave func(d *decoder, parent, draft any, n *Node)
}

// find gives the row for a word.
func (b *block) find(word string) *keyword {
	for i := range b.rows {
		if k := &b.rows[i]; k.name == word || slices.Contains(k.aliases, word) {
			return k
		}
	}
	return nil
}

// byName gives the rows by all their words.
func (b *block) byName() map[string]*keyword {
	out := map[string]*keyword{}
	for i := range b.rows {
		k := &b.rows[i]
		for _, word := range append([]string{k.name}, k.aliases...) {
			if out[word] == nil {
				out[word] = k
			}
		}
	}
	return out
}

// words gives all words that the block knows.
func (b *block) words() []string {
	var out []string
	for _, k := range b.rows {
		out = append(append(out, k.name), k.aliases...)
	}
	return out
}

// where names the place of the block's keywords for people.
func (b *block) where() string {
	if b.name == "" {
		return "at the top level"
	}
	return "in " + b.name[strings.LastIndexByte(b.name, '.')+1:]
}

// setter takes a value that was read into a draft. Its types are known at run
// time, so that a test can compare every row with its value.
type setter struct {
	call          func(d *decoder, draft, value any, n *Node)
	draft, wanted reflect.Type
}

// to makes a setter of a plain assignment.
func to[T, V any](f func(t *T, v V)) setter {
	return with(func(_ *decoder, t *T, v V, _ *Node) { f(t, v) })
}

// with makes a setter that can report.
func with[T, V any](f func(d *decoder, t *T, v V, n *Node)) setter {
	return setter{
		draft: reflect.TypeFor[T](), wanted: reflect.TypeFor[V](),
		call: func(d *decoder, draft, value any, n *Node) { f(d, draft.(*T), value.(V), n) },
	}
}

// tables gives all blocks, the top first.
func tables() []*block {
	var all []*block
	var walk func(b *block)
	walk = func(b *block) {
		all = append(all, b)
		for _, k := range b.rows {
			if k.sub != nil {
				walk(k.sub)
			}
		}
	}
	walk(topBlock)
	return all
}

// opensTop tells the words that can open a block at the top and stand nowhere
// else.
func opensTop(all []*block) func(word string) bool {
	top := map[string]bool{}
	for _, word := range all[0].words() {
		top[word] = !slices.ContainsFunc(all[1:], func(b *block) bool { return b.find(word) != nil })
	}
	return func(word string) bool { return top[word] }
}

// usage describes a row's value, for hints and the reference page.
func (k *keyword) usage() string {
	if k.sub != nil {
		return "block"
	}
	u := k.value.name
	if k.value.lo != k.value.hi {
		u += fmt.Sprintf(" %s-%s", trimFloat(k.value.lo), trimFloat(k.value.hi))
	}
	return u
}
