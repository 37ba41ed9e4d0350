// SPDX-License-Identifier: Apache-2.0

package conf

import "fmt"

// decoder turns nodes into a draft, by the tables.
type decoder struct {
	c     *collector
	draft *draft
	all   []*block // every table, for advice on unknown words
	rows  map[*block]map[string]*keyword
	hints map[[2]string]string // what was advised, by block and word
	stray bool                 // the last node of the top level belongs into a block
	row   *keyword             // whose value is being read
	// within counts the planned blocks around a node: what stands in them needs no
	// note of its own.
	within int
	// The drafts of one virtual_server are used again for the next.
	reals    slab[realDraft]
	checkers slab[checkerDraft]
	list     []*realDraft
	// moves says that real servers that are taken over get their new places: nobody else has them.
	moves bool
}

func newDecoder(c *collector) *decoder {
	d := &decoder{c: c, draft: newDraft(), all: tables(), rows: map[*block]map[string]*keyword{}, hints: map[[2]string]string{}}
	for _, b := range d.all {
		d.rows[b] = b.byName()
	}
	return d
}

// top reads one node of the top level.
func (d *decoder) top(n *Node) {
	k := d.rows[topBlock][n.Key]
	// A brace too many leaves the rest of a block at the top: said once.
	wasStray := d.stray
	d.stray = k == nil && d.owner(n.Key) != nil
	if !d.stray || !wasStray {
		d.node(topBlock, k, d.draft, n)
	}
}

// block reads the nodes of one block into its draft.
func (d *decoder) block(b *block, into any, nodes []*Node) {
	rows := d.rows[b]
	for _, n := range nodes {
		d.node(b, rows[n.Key], into, n)
	}
}

func (d *decoder) node(b *block, k *keyword, into any, n *Node) {
	if k != nil && k.status == planned {
		d.planned(b, n)
		d.within++
		defer func() { d.within-- }()
	}
	switch {
	case k == nil:
		d.unknown(b, n)
	case k.status == later:
		d.notYet(n)
	case k.sub != nil:
		d.sub(k, into, n)
	default:
		d.value(k, into, n)
	}
}

func (d *decoder) sub(k *keyword, into any, n *Node) {
	d.row = nil
	if !n.Block {
		if _, named := n.arg(0); k.sub.named && !named {
			d.need(n, 0) // worse than the missing brace
			return
		}
		d.c.add(codeMissingBrace, n.Pos, "missing '{' behind %s", n.Key)
		return
	}
	inner := k.sub.enter(d, into, n)
	if inner == nil {
		return
	}
	d.block(k.sub, inner, n.Children)
	if d.row = nil; k.sub.leave != nil {
		k.sub.leave(d, into, inner, n)
	}
}

// value reads the value of an ordinary keyword and stores it.
func (d *decoder) value(k *keyword, into any, n *Node) {
	if n.Block && k.value.name != entries.name {
		d.c.add(codeBrace, n.Open, "unexpected '{': %s has no block; it is ignored", n.Key)
	}
	if n.unclosed != (Pos{}) && !k.value.raw {
		d.c.unterminated(n.unclosed)
	}
	d.row = k
	if k.loud {
		d.c.addHint(codeDeprecated, n.Pos, "use "+k.better, "%s is deprecated since %s", n.Key, k.deprecated)
	}
	before := len(d.c.list)
	v, ok := k.value.read(d, &k.value, n)
	if !ok && k.required {
		// Nothing can stand in for it: what was just said is fatal.
		for i := range d.c.list[before:] {
			d.c.list[before+i].Severity = Fatal
		}
	}
	switch {
	case ok && k.status == ignored:
		d.noEffect(k, n)
	case ok:
		k.set.call(d, into, v, n)
	case k.instead != nil:
		k.set.call(d, into, k.instead, n)
	}
}

// instead says what becomes of a value that could not be read.
func (d *decoder) instead() string {
	switch {
	case d.row == nil || d.row.instead == nil:
		return "ignored"
	case d.row.required:
		return "a good value is required"
	default:
		return fmt.Sprintf("%v is used", d.row.instead)
	}
}

func (d *decoder) noEffect(k *keyword, n *Node) {
	if d.c.first("no effect " + k.name) {
		d.c.add(codeNoEffect, n.Pos, "%s has no effect: %s", n.Key, k.note)
	}
}

// need gives argument i, or reports that it is missing.
func (d *decoder) need(n *Node, i int) (Arg, bool) {
	a, ok := n.arg(i)
	switch {
	case ok:
	case i == 0:
		d.c.addHint(codeMissingArg, n.Pos, d.usage(), "%s is missing its argument", n.Key)
	default:
		d.c.addHint(codeMissingArg, n.Pos, d.usage(), "%s is missing argument %d", n.Key, i+1)
	}
	return a, ok
}

// usage describes the keyword whose value is being read.
func (d *decoder) usage() string {
	if d.row == nil {
		return ""
	}
	return fmt.Sprintf("%s %s: %s", d.row.name, d.row.usage(), d.row.doc)
}

// planned notes, once for each keyword, that it has no effect in this version.
func (d *decoder) planned(b *block, n *Node) {
	if d.within == 0 && d.c.first("planned "+b.name+" "+n.Key) {
		d.c.add(codePlanned, n.Pos, "%s is read and has no effect yet", n.Key)
	}
}

func (d *decoder) notYet(n *Node) {
	what := "keyword " + n.Key + " is not supported yet"
	if n.Block {
		what = "block " + n.Key + " is not supported yet and ignored"
	}
	d.c.add(codeNotSupported, n.Pos, "%s", what)
}

// unknown reports a word that the block does not know; a block behind it is
// skipped with it.
func (d *decoder) unknown(b *block, n *Node) {
	// The first words are keepalived's: programs look for them in logs.
	what := fmt.Sprintf("Unknown keyword '%s' %s", n.Key, b.where())
	if n.Block {
		what += "; all of its block is ignored"
	}
	d.c.addHint(codeUnknownKeyword, n.Pos, d.advice(b, n.Key), "%s", what)
}

// advice names the word that was meant: one of this block, the same word of
// another block, or the nearest of any.
func (d *decoder) advice(b *block, word string) string {
	key := [2]string{b.name, word}
	hint, ok := d.hints[key]
	if !ok && len(d.hints) < maxHints {
		hint = d.meant(b, word)
		d.hints[key] = hint
	}
	return hint
}

// maxHints bounds the searches through all keywords: a sequence can make tens of
// thousands of words that nobody knows.
const maxHints = 500

func (d *decoder) meant(b *block, word string) string {
	if best, ok := Nearest(word, b.words()); ok {
		return "did you mean " + best + "?"
	}
	if o := d.owner(word); o != nil {
		return word + " belongs " + o.where()
	}
	for _, o := range d.all {
		if best, ok := Nearest(word, o.words()); ok {
			return fmt.Sprintf("did you mean %s, which belongs %s?", best, o.where())
		}
	}
	return ""
}

// owner gives the first block that knows word.
func (d *decoder) owner(word string) *block {
	for _, b := range d.all {
		if b.find(word) != nil {
			return b
		}
	}
	return nil
}
