// SPDX-License-Identifier: Apache-2.0

package nft

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/nftables"
)

// op is one step of a transaction.
type op struct {
	do       verb
	table    tableID
	set      *set
	elements []element
	chain    *chain
	rule     rule
}

// tableID tells tables apart.
type tableID struct {
	family nftables.TableFamily
	name   string
}

func (t *table) id() tableID { return tableID{t.family, t.name} }

func (t tableID) String() string {
	if t.family == nftables.TableFamilyIPv6 {
		return "ip6 " + t.name
	}
	return "ip " + t.name
}

type verb uint8

const (
	deleteTable verb = iota
	addTable
	addSet // with its elements
	deleteSet
	addElements
	deleteElements
	addChain
	deleteChain
	flushChain
	addRule
)

// String writes the step as a command of nft(8).
func (o op) String() string {
	texts := make([]string, len(o.elements))
	for i, e := range o.elements {
		texts[i] = e.text
	}
	elements := "{ " + strings.Join(texts, ", ") + " }"
	switch o.do {
	case deleteTable:
		return fmt.Sprintf("delete table %s", o.table)
	case addTable:
		return fmt.Sprintf("add table %s", o.table)
	case addSet:
		return fmt.Sprintf("add set %s %s %s", o.table, o.set.name, elements)
	case deleteSet:
		return fmt.Sprintf("delete set %s %s", o.table, o.set.name)
	case addElements:
		return fmt.Sprintf("add element %s %s %s", o.table, o.set.name, elements)
	case deleteElements:
		return fmt.Sprintf("delete element %s %s %s", o.table, o.set.name, elements)
	case addChain:
		return fmt.Sprintf("add chain %s %s", o.table, o.chain.name)
	case deleteChain:
		return fmt.Sprintf("delete chain %s %s", o.table, o.chain.name)
	case flushChain:
		return fmt.Sprintf("flush chain %s %s", o.table, o.chain.name)
	case addRule:
		return fmt.Sprintf("add rule %s %s %s", o.table, o.chain.name, o.rule.text)
	}
	return "unnamed step"
}

// plan leads from one set of tables to another. A table that cannot become the other one in
// place is made anew.
func plan(have, want []*table) []op {
	var ops []op
	kept := map[tableID]*table{}
	for _, h := range have {
		i := slices.IndexFunc(want, func(w *table) bool { return w.id() == h.id() })
		if i >= 0 && h.canBecome(want[i]) {
			kept[h.id()] = h
			continue
		}
		ops = append(ops, op{do: deleteTable, table: h.id()})
	}
	for _, w := range want {
		h := kept[w.id()]
		if h == nil {
			h = &table{family: w.family, name: w.name}
			ops = append(ops, op{do: addTable, table: w.id()})
		}
		ops = append(ops, change(h, w)...)
	}
	return ops
}

// canBecome says whether what stays has the same shape.
func (t *table) canBecome(want *table) bool {
	for _, s := range t.sets {
		if w := want.set(s.name); w != nil && (typeName(w.key) != typeName(s.key) || (w.data == nil) != (s.data == nil)) {
			return false
		}
	}
	for _, c := range t.chains {
		if w := want.chain(c.name); w != nil && (w.priority != c.priority || w.hook != c.hook) {
			return false
		}
	}
	return true
}

// change leads from one state of a table to another: first what rules refer to, then rules
// and elements, then what no rule refers to any more.
func change(have, want *table) []op {
	id := want.id()
	var ops, last []op
	for _, s := range want.sets {
		if have.set(s.name) == nil {
			ops = append(ops, op{do: addSet, table: id, set: s, elements: s.elements})
		}
	}
	for _, c := range want.chains {
		if have.chain(c.name) == nil {
			ops = append(ops, op{do: addChain, table: id, chain: c})
		}
	}
	for _, c := range want.chains {
		ops = append(ops, rewrite(id, have.chain(c.name), c)...)
	}
	for _, s := range want.sets {
		if h := have.set(s.name); h != nil {
			ops = append(ops, exchange(id, h, s)...)
		}
	}
	for _, c := range have.chains {
		if want.chain(c.name) == nil {
			ops = append(ops, op{do: flushChain, table: id, chain: c})
			last = append(last, op{do: deleteChain, table: id, chain: c})
		}
	}
	for _, s := range have.sets {
		if want.set(s.name) == nil {
			last = append(last, op{do: deleteSet, table: id, set: s})
		}
	}
	return append(ops, last...)
}

// rewrite makes the rules of a chain, all of them if one differs: their order matters.
func rewrite(id tableID, have, want *chain) []op {
	var ops []op
	if have != nil {
		if slices.EqualFunc(have.rules, want.rules, func(a, b rule) bool { return a.text == b.text }) {
			return nil
		}
		ops = append(ops, op{do: flushChain, table: id, chain: want})
	}
	for _, r := range want.rules {
		ops = append(ops, op{do: addRule, table: id, chain: want, rule: r})
	}
	return ops
}

// exchange changes the elements of a set.
func exchange(id tableID, have, want *set) []op {
	var ops []op
	if gone := missing(have.elements, want.elements); len(gone) > 0 {
		ops = append(ops, op{do: deleteElements, table: id, set: want, elements: gone})
	}
	if come := missing(want.elements, have.elements); len(come) > 0 {
		ops = append(ops, op{do: addElements, table: id, set: want, elements: come})
	}
	return ops
}

// missing gives those of list that other lacks.
func missing(list, other []element) []element {
	there := make(map[[3]string]bool, len(other))
	for _, e := range other {
		there[[3]string{e.key, e.end, e.data}] = true
	}
	var out []element
	for _, e := range list {
		if !there[[3]string{e.key, e.end, e.data}] {
			out = append(out, e)
		}
	}
	return out
}
