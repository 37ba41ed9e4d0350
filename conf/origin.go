// SPDX-License-Identifier: Apache-2.0

package conf

import "strings"

// Link is one step of how a piece of text came to its place: an include, or the
// expansion of a parameter.
type Link struct {
	Text string // for people: "included from f:3:1"
	Use  Pos    // where the include or the parameter stands
	Def  Pos    // of a parameter: where its text stands
	// Source is the line at Def, with passwords masked.
	Source string
}

// originKind tells the ways by which text comes to its place.
type originKind uint8

const (
	fromInclude originKind = iota
	fromParameter
	fromIteration
)

// origin is an include, an expansion or an iteration. The Via of its use leads to
// the next one outwards.
type origin struct {
	kind  originKind
	depth int
	def   *definition // of the parameter
	text  *line       // of the parameter, where it is written
	use   Pos
	// Of an iteration: its variables.
	names, values []string
}

// origin adds o and gives the Via that stands for it.
func (c *collector) origin(o origin) int {
	if o.use.Via > 0 {
		o.depth = c.origins[o.use.Via-1].depth + 1
	}
	c.origins = append(c.origins, o)
	return len(c.origins)
}

// within says whether text of via comes out of def.
func (c *collector) within(via int, def *definition) bool {
	for ; via > 0; via = c.origins[via-1].use.Via {
		if c.origins[via-1].def == def {
			return true
		}
	}
	return false
}

// maxChain bounds the steps that a diagnostic lists.
const maxChain = 12

// chain lists how the text of via came to its place, the nearest step first.
func (c *collector) chain(via int) []Link {
	var out []Link
	for via > 0 && via <= len(c.origins) {
		o := c.origins[via-1]
		if len(out) == maxChain {
			return append(out, Link{Text: "and " + itoa(o.depth+1) + " more", Use: o.use})
		}
		l := o.link()
		l.Source = c.source(l.Def)
		out = append(out, l)
		via = o.use.Via
	}
	return out
}

// variables gives NAME=VALUE of each.
func (o origin) variables() string {
	var out []string
	for i, name := range o.names {
		out = append(out, name+"="+o.values[i])
	}
	return strings.Join(out, ", ")
}

func (o origin) link() Link {
	l := Link{Use: o.use}
	switch o.kind {
	case fromInclude:
		l.Text = "included from " + o.use.String()
	case fromIteration:
		l.Text = "with " + o.variables() + " in the sequence at " + o.use.String()
	case fromParameter:
		l.Text = "in the expansion of $" + o.def.name
		if o.text.num > 0 {
			l.Def = o.text.pos(0)
			l.Text += " defined at " + l.Def.String()
		}
		l.Text += ", used at " + o.use.String()
	}
	return l
}
