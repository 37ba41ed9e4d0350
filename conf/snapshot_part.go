// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"reflect"
	"slices"
)

// WithoutServers gives a snapshot, as Snapshot has made it of l, without the blocks of the
// virtual servers: with thousands of them the vrrp child must not pay for reading them. If
// anything else would be read differently then, it is the snapshot as it is.
func (l *Loaded) WithoutServers(snapshot []byte) []byte {
	if len(l.Config.VirtualServers)+len(l.Config.ServerGroups) == 0 && l.Config.SSL == nil {
		return snapshot
	}
	rest := l.rest.bytes()
	got, err := FromSnapshot(rest)
	left := err == nil && len(got.VirtualServers)+len(got.ServerGroups) == 0 && got.SSL == nil
	if !left || !reflect.DeepEqual(got.withoutServers(), l.Config.withoutServers()) {
		return snapshot
	}
	return rest
}

// withoutServers is a Config of which the checker child's part was not read.
func (c *Config) withoutServers() Config {
	rest := *c
	rest.VirtualServers, rest.ServerGroups, rest.SSL, rest.context = nil, nil, nil, 0
	return rest
}

// cutter leaves out the blocks of topServer. It knows no more of the language than braces:
// what else it leaves out its user has to notice.
type cutter struct {
	emit   func(line)
	depth  int  // of open blocks
	inside bool // what is to be left out
	opened bool // and its brace has come
}

// line takes one line.
func (c *cutter) line(l line) {
	key := l.text[:keyEnd(l.text)]
	if c.depth == 0 && (!c.inside || key != "") { // a brace may stand on the line behind its keyword
		c.inside, c.opened = slices.ContainsFunc(topServer, func(k keyword) bool { return k.name == key }), false
	}
	if !c.inside {
		c.emit(l)
	}
	for text := l.text; text != ""; {
		at := braceAt(text)
		if at == len(text) {
			break
		}
		if text[at] == '{' {
			c.depth++
			c.opened = true
		} else {
			c.depth = max(c.depth-1, 0)
		}
		text = text[at+1:]
	}
	c.inside = c.inside && (c.depth > 0 || !c.opened)
}

// keyEnd is the end of the first word of text, at a blank or a brace.
func keyEnd(text string) int {
	for i := range len(text) {
		switch text[i] {
		case ' ', '\t', '{', '}':
			return i
		}
	}
	return len(text)
}
