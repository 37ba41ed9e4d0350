// SPDX-License-Identifier: Apache-2.0

package nft

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// fake is a kernel that is as strict as the real one: what is added must not be there, what
// is deleted or referred to must, and a set or chain in use cannot go.
type fake struct {
	all  []*table
	said []string // the steps of the transactions that were done
	fail func(op) error
}

func (k *fake) tables(name string) ([]tableID, error) {
	var list []tableID
	for _, t := range k.all {
		if t.name == name {
			list = append(list, t.id())
		}
	}
	return list, nil
}

func (k *fake) source() (uint32, error) { return 1, nil }

func (k *fake) close() error { return nil }

// apply does all or nothing.
func (k *fake) apply(ops []op) error {
	try := &fake{fail: k.fail}
	for _, t := range k.all {
		try.all = append(try.all, t.clone())
	}
	for _, o := range ops {
		err := try.do(o)
		if err == nil && k.fail != nil {
			err = k.fail(o)
		}
		if err != nil {
			return fmt.Errorf("%v: %w", o, err)
		}
		try.said = append(try.said, o.String())
	}
	for _, t := range try.all {
		if err := t.check(); err != nil {
			return err
		}
	}
	k.all, k.said = try.all, append(k.said, try.said...)
	return nil
}

func (k *fake) do(o op) error {
	i := slices.IndexFunc(k.all, func(t *table) bool { return t.id() == o.table })
	if o.do == addTable {
		if i >= 0 {
			return unix.EEXIST
		}
		k.all = append(k.all, &table{family: o.table.family, name: o.table.name})
		return nil
	}
	if i < 0 {
		return unix.ENOENT
	}
	if o.do == deleteTable {
		k.all = slices.Delete(k.all, i, i+1)
		return nil
	}
	if o.set != nil {
		return k.all[i].doSet(o)
	}
	return k.all[i].doChain(o)
}

func (t *table) doSet(o op) error {
	s := t.set(o.set.name)
	switch {
	case o.do == addSet && s != nil:
		return unix.EEXIST
	case o.do == addSet:
		s = &set{name: o.set.name, key: o.set.key, data: o.set.data, constant: o.set.constant}
		t.sets = append(t.sets, s)
	case s == nil:
		return unix.ENOENT
	case s.constant && o.do != deleteSet:
		return unix.EBUSY
	case o.do == deleteSet:
		t.sets = slices.DeleteFunc(t.sets, func(x *set) bool { return x == s })
		return nil
	}
	for _, e := range o.elements {
		i := slices.IndexFunc(s.elements, func(x element) bool { return x.key == e.key })
		switch {
		case o.do == deleteElements && i < 0:
			return unix.ENOENT
		case o.do == deleteElements:
			s.elements = slices.Delete(s.elements, i, i+1)
		case i >= 0:
			return unix.EEXIST
		default:
			s.elements = append(s.elements, e)
		}
	}
	return nil
}

func (t *table) doChain(o op) error {
	c := t.chain(o.chain.name)
	switch {
	case o.do == addChain && c != nil:
		return unix.EEXIST
	case o.do == addChain:
		t.chains = append(t.chains, &chain{name: o.chain.name, hook: o.chain.hook, priority: o.chain.priority})
		return nil
	case c == nil:
		return unix.ENOENT
	case o.do == flushChain:
		c.rules = nil
	case o.do == addRule:
		c.rules = append(c.rules, o.rule)
	case len(c.rules) > 0: // to be deleted
		return unix.EBUSY
	default:
		t.chains = slices.DeleteFunc(t.chains, func(x *chain) bool { return x == c })
	}
	return nil
}

// check finds a rule that refers to what is not there.
func (t *table) check() error {
	for _, c := range t.chains {
		for _, r := range c.rules {
			for _, name := range references(r) {
				if t.set(name) == nil && t.chain(name) == nil {
					return fmt.Errorf("rule %q refers to %s: %w", r.text, name, unix.ENOENT)
				}
			}
		}
	}
	return nil
}

func (t *table) clone() *table {
	n := &table{family: t.family, name: t.name}
	for _, s := range t.sets {
		s2 := *s
		s2.elements = slices.Clone(s.elements)
		n.sets = append(n.sets, &s2)
	}
	for _, c := range t.chains {
		c2 := *c
		c2.rules = slices.Clone(c.rules)
		n.chains = append(n.chains, &c2)
	}
	return n
}
