// SPDX-License-Identifier: Apache-2.0

package conf

import "slices"

// Keyword is one row of the tables for those who write about the language: the reference
// pages, shell completion, the generator of test configurations.
type Keyword struct {
	Block   string // as in "virtual_server.real_server"; empty at the top level
	Name    string
	Aliases []string
	Kind    string   // of the value: NUMBER, SECONDS, STRING, …; "block" where one follows
	Sub     string   // the block that follows, if one does
	Lo, Hi  float64  // range of the value; equal: none
	Words   []string // the allowed words, if there is a list
	Default string
	Since   string // first version of keepalived that knows it
	Doc     string // one line
	Status  string // implemented, no effect, planned
	Note    string // why it has no effect
}

// Keywords gives every row of the tables, block by block, the top level first.
func Keywords() []Keyword {
	var out []Keyword
	for _, b := range tables() {
		for i := range b.rows {
			out = append(out, b.rows[i].export(b))
		}
	}
	return out
}

func (k *keyword) export(b *block) Keyword {
	w := Keyword{
		Block: b.name, Name: k.name, Aliases: slices.Clone(k.aliases), Kind: k.value.name,
		Lo: k.value.lo, Hi: k.value.hi, Words: slices.Clone(k.value.words),
		Default: k.def, Since: k.since, Doc: k.doc, Status: k.status.String(), Note: k.note,
	}
	if k.sub != nil {
		w.Kind, w.Sub = "block", k.sub.name
	}
	return w
}

// String gives the word of the reference pages.
func (s status) String() string {
	switch s {
	case works:
		return "implemented"
	case ignored:
		return "no effect"
	default:
		return "planned"
	}
}
