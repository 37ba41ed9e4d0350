// SPDX-License-Identifier: Apache-2.0

package conf

import "strings"

// Node is one line of the configuration, with the block behind it if it has one.
// What its words mean is not known at this stage: in a list such as
// virtual_ipaddress the Key of a Node is simply its first word.
type Node struct {
	Key      string
	Pos      Pos
	Args     []Arg
	Block    bool // braces follow
	Open     Pos  // of the opening brace
	Children []*Node

	// raw is the line behind Key as it was written, for the keywords that have
	// quoting rules of their own. It is empty where those rules change nothing.
	raw      line
	unclosed Pos // a quote without an end; what followed it is lost
	// origin is a hash of the lines of a virtual or real server; 0: none.
	origin origin64
	known  *RealServer // that this line stands for
}

// words gives all words of a line of a list.
func (n *Node) words() []Arg {
	return append([]Arg{{Text: n.Key, Pos: n.Pos}}, n.Args...)
}

// arg gives argument i, or none.
func (n *Node) arg(i int) (Arg, bool) {
	if i >= len(n.Args) {
		return Arg{Pos: n.Pos}, false
	}
	return n.Args[i], true
}

// maxDepth bounds the nesting of blocks; the language has four levels.
const maxDepth = 32

// treeBuilder nests lines by their braces. It never holds more than one block of
// the top level.
type treeBuilder struct {
	c *collector
	// emit takes each node of the top level as soon as it is complete. It may not
	// keep it, nor what is in it: nodes are used again.
	emit func(*Node)
	// opensTop tells the keywords that can only open a block at the top: to meet
	// one further in means that a closing brace was forgotten.
	opensTop func(key string) bool
	// global takes each line of global_defs as soon as it is read.
	global func(*Node)
	stack  []*Node // open blocks, outermost first
	// last is the latest node of the top level. A brace may still follow it.
	last *Node
	// fresh is the line that an opening brace would belong to.
	fresh *Node
	// skip counts the braces of a block that belongs to nothing.
	skip int

	nodes slab[Node]
	args  []Arg
	// origin is that of the next node.
	origin origin64
}

func newTreeBuilder(c *collector, opensTop func(string) bool, emit func(*Node)) *treeBuilder {
	return &treeBuilder{c: c, opensTop: opensTop, emit: emit}
}

// line adds one line. Each brace outside of double quotes stands for a line of its
// own.
func (b *treeBuilder) line(l line) {
	for l.text != "" {
		i := braceAt(l.text)
		if i == len(l.text) {
			b.text(l)
			return
		}
		b.text(l.slice(0, i))
		b.brace(l.text[i], l.pos(i))
		l = l.slice(i+1, len(l.text))
	}
}

func (b *treeBuilder) brace(which byte, pos Pos) {
	switch {
	case b.skip > 0 && which == '{':
		b.skip++
	case b.skip > 0:
		b.skip--
	case which == '{':
		b.open(pos)
	default:
		b.close(pos)
	}
}

// text adds the words between braces. The content of a block without a keyword
// means nothing.
func (b *treeBuilder) text(l line) {
	if l.text == "" || b.skip > 0 {
		return
	}
	if len(b.stack) == 0 {
		b.flush()
	}
	if len(b.stack) > 0 && b.stack[0].Key == "global_defs" {
		l.text = strings.Clone(l.text) // the parent keeps what it says, and is not to keep the whole file for it
	}
	args, unclosed := b.words(l)
	if len(args) == 0 {
		return
	}
	oddQuote(b.c, args)
	n := b.nodes.next()
	n.Key, n.Pos, n.unclosed = args[0].Text, args[0].Pos, unclosed
	n.origin, b.origin = b.origin, 0
	if len(args) > 1 {
		n.Args = args[1:]
	}
	if quoting(l.text) {
		n.raw = l.slice(keyLen(l.text), len(l.text))
	}
	b.add(n)
}

// known adds a real server that is as it was; l is its first line.
func (b *treeBuilder) known(l *line, rs *RealServer) {
	n := b.nodes.next()
	n.Key, n.Pos, n.Block, n.known = "real_server", l.pos(0), true, rs
	b.add(n)
	b.fresh = nil
}

// forget takes the origin of the last real server back.
func (b *treeBuilder) forget() {
	if len(b.stack) == 0 {
		return
	}
	if list := b.stack[len(b.stack)-1].Children; len(list) > 0 {
		list[len(list)-1].origin = 0
	}
}

// add puts a node where it stands.
func (b *treeBuilder) add(n *Node) {
	b.fresh = n
	if len(b.stack) == 0 {
		b.last = n
		return
	}
	parent := b.stack[len(b.stack)-1]
	parent.Children = append(parent.Children, n)
	if b.global != nil && len(b.stack) == 1 && parent.Key == "global_defs" {
		b.global(n)
	}
}

// flush hands over the node of the top level that is complete.
func (b *treeBuilder) flush() {
	if b.last != nil {
		b.emit(b.last)
		b.last, b.fresh = nil, nil
		b.nodes.resetBy(func(n *Node) { *n = Node{Children: n.Children[:0]} })
		b.args = b.args[:0]
	}
}

func (b *treeBuilder) words(l line) ([]Arg, Pos) {
	from := len(b.args)
	var unclosed Pos
	b.args, unclosed = words(l, b.args)
	return b.args[from:len(b.args):len(b.args)], unclosed
}

// keyLen gives the length of the first word of text, quotes included.
func keyLen(text string) int {
	if text[0] != '"' {
		return wordLen(text)
	}
	return strings.IndexByte(text[1:], '"') + 2
}

func (b *treeBuilder) open(pos Pos) {
	n := b.fresh
	b.fresh = nil
	switch {
	case n == nil:
		b.c.addHint(codeBrace, pos, "a block begins with its keyword", "unexpected '{': the block has no keyword and is ignored")
		b.skip = 1
		return
	case len(b.stack) >= maxDepth:
		b.c.add(codeBrace, pos, "blocks are nested more than %d deep; this one is ignored", maxDepth)
		b.skip = 1
		return
	case len(b.stack) > 0 && b.opensTop(n.Key):
		b.forgotten(n)
	}
	n.Block, n.Open = true, pos
	b.stack = append(b.stack, n)
}

// forgotten closes all blocks, because n stands in them and cannot.
func (b *treeBuilder) forgotten(n *Node) {
	parent := b.stack[len(b.stack)-1]
	parent.Children = parent.Children[:len(parent.Children)-1]
	b.unclosedBlocks(" before " + n.Key + " on line " + itoa(n.Pos.Line))
	b.emit(b.last)
	b.last = n
}

// unclosedBlocks reports every open block and closes it.
func (b *treeBuilder) unclosedBlocks(where string) {
	for _, n := range b.stack {
		b.c.addHint(codeBrace, n.Open, "", "missing '}': the block %s that is opened here is not closed%s", n.Key, where)
	}
	b.stack = b.stack[:0]
}

func (b *treeBuilder) close(pos Pos) {
	b.fresh = nil
	if len(b.stack) == 0 {
		b.c.add(codeBrace, pos, "extra '}': no block is open")
		return
	}
	b.stack = b.stack[:len(b.stack)-1]
}

// finish ends the tree.
func (b *treeBuilder) finish() {
	b.unclosedBlocks("")
	b.flush()
}
