// SPDX-License-Identifier: Apache-2.0

package conf

import "strings"

// Node is one line of the configuration, with the block behind it if it has one.
// What its words mean is not known at this stage: in a list such as
// virtual_ipaddress the Key of a Node is simply its first word.
type Node struct {
	Key  string
	Pos  Pos
	Args []Arg
	// Raw is the line behind Key as it was written, for the keywords that have
	// quoting rules of their own. It is empty where those rules change nothing.
	Raw      string
	RawPos   Pos
	Block    bool // braces follow
	Open     Pos  // of the opening brace
	Children []*Node

	unclosed Pos // a quote without an end; what followed it is lost
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

// treeBuilder nests lines by their braces.
type treeBuilder struct {
	c *collector
	// opensTop tells the keywords that can only open a block at the top: to meet
	// one further in means that a closing brace was forgotten.
	opensTop func(key string) bool
	// global takes each line of global_defs as soon as it is read.
	global func(*Node)
	root   Node
	stack  []*Node // open blocks, root first
	// fresh is the line that an opening brace would belong to.
	fresh *Node
	// skip counts the braces of a block that belongs to nothing.
	skip int
}

func newTreeBuilder(c *collector, opensTop func(string) bool) *treeBuilder {
	b := &treeBuilder{c: c, opensTop: opensTop}
	b.stack = []*Node{&b.root}
	return b
}

// line adds one line.
func (b *treeBuilder) line(l line) {
	for _, p := range pieces(l) {
		switch {
		case b.skip > 0:
			b.skipped(p.kind)
		case p.kind == pieceText:
			b.text(p.line)
		case p.kind == pieceOpen:
			b.open(p.line.pos(0))
		default:
			b.close(p.line.pos(0))
		}
	}
}

func (b *treeBuilder) top() *Node { return b.stack[len(b.stack)-1] }

func (b *treeBuilder) text(l line) {
	args, unclosed := words(l)
	if len(args) == 0 {
		return
	}
	oddQuote(b.c, args)
	n := &Node{Key: args[0].Text, Pos: args[0].Pos, Args: args[1:], unclosed: unclosed}
	if strings.ContainsAny(l.text, `"'\`) {
		rest := l.slice(keyLen(l.text), len(l.text))
		n.Raw, n.RawPos = rest.text, rest.pos(0)
	}
	if len(n.Args) == 0 {
		n.Args = nil
	}
	parent := b.top()
	parent.Children = append(parent.Children, n)
	b.fresh = n
	if b.global != nil && len(b.stack) == 2 && parent.Key == "global_defs" {
		b.global(n)
	}
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
	case len(b.stack) > maxDepth:
		b.c.add(codeBrace, pos, "blocks are nested more than %d deep; this one is ignored", maxDepth)
		b.skip = 1
		return
	case len(b.stack) > 1 && b.opensTop(n.Key):
		b.forgotten(n)
	}
	n.Block, n.Open = true, pos
	b.stack = append(b.stack, n)
}

// forgotten closes all blocks, because n stands in them and cannot.
func (b *treeBuilder) forgotten(n *Node) {
	parent := b.top()
	parent.Children = parent.Children[:len(parent.Children)-1]
	b.unclosedBlocks(" before " + n.Key + " on line " + itoa(n.Pos.Line))
	b.root.Children = append(b.root.Children, n)
}

// unclosedBlocks reports every open block and closes it.
func (b *treeBuilder) unclosedBlocks(where string) {
	for _, n := range b.stack[1:] {
		b.c.addHint(codeBrace, n.Open, "", "missing '}': the block %s that is opened here is not closed%s", n.Key, where)
	}
	b.stack = b.stack[:1]
}

func (b *treeBuilder) close(pos Pos) {
	b.fresh = nil
	if len(b.stack) == 1 {
		b.c.add(codeBrace, pos, "extra '}': no block is open")
		return
	}
	b.stack = b.stack[:len(b.stack)-1]
}

func (b *treeBuilder) skipped(kind pieceKind) {
	switch kind {
	case pieceOpen:
		b.skip++
	case pieceClose:
		b.skip--
	case pieceText:
		// The content of a block without a keyword means nothing.
	}
}

// finish ends the tree.
func (b *treeBuilder) finish() []*Node {
	b.unclosedBlocks("")
	return b.root.Children
}
