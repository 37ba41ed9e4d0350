// SPDX-License-Identifier: Apache-2.0

package nft

import (
	"fmt"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

// table is a table as it should be, or as we made it.
type table struct {
	family nftables.TableFamily
	name   string
	sets   []*set
	chains []*chain
}

// set is a named set or, with data, a map.
type set struct {
	name     string
	key      []nftables.SetDatatype // more than one: a concatenation
	data     *nftables.SetDatatype
	constant bool
	interval bool // members have an end
	elements []element
}

// element is a member of a set, of one with intervals up to end. The text is for people: it has
// no part in comparisons.
type element struct{ key, end, data, text string }

// chain is a chain of rules, a base chain if it has a hook.
type chain struct {
	name     string
	hook     *nftables.ChainHook
	priority int32
	rules    []rule
}

// rule is what it says in nft's language, and in the kernel's.
type rule struct {
	text  string
	exprs []expr.Any
}

func (t *table) set(name string) *set {
	for _, s := range t.sets {
		if s.name == name {
			return s
		}
	}
	return nil
}

func (t *table) chain(name string) *chain {
	for _, c := range t.chains {
		if c.name == name {
			return c
		}
	}
	return nil
}

// String writes the table as `nft list ruleset` does, but each set's elements in one line.
func (t *table) String() string {
	var b strings.Builder
	family := "ip"
	if t.family == nftables.TableFamilyIPv6 {
		family = "ip6"
	}
	fmt.Fprintf(&b, "table %s %s {\n", family, t.name)
	for i, s := range t.sets {
		if i > 0 {
			b.WriteByte('\n')
		}
		s.write(&b)
	}
	for _, c := range t.chains {
		b.WriteByte('\n')
		c.write(&b)
	}
	b.WriteString("}\n")
	return b.String()
}

func (s *set) write(b *strings.Builder) {
	kind := "set"
	if s.data != nil {
		kind = "map"
	}
	fmt.Fprintf(b, "\t%s %s {\n\t\ttype %s", kind, s.name, typeName(s.key))
	if s.data != nil {
		fmt.Fprintf(b, " : %s", s.data.Name)
	}
	b.WriteByte('\n')
	switch {
	case s.constant:
		b.WriteString("\t\tflags constant\n")
	case s.interval:
		b.WriteString("\t\tflags interval\n")
	}
	if len(s.elements) > 0 {
		texts := make([]string, len(s.elements))
		for i, e := range s.elements {
			texts[i] = e.text
		}
		fmt.Fprintf(b, "\t\telements = { %s }\n", strings.Join(texts, ", "))
	}
	b.WriteString("\t}\n")
}

func typeName(key []nftables.SetDatatype) string {
	names := make([]string, len(key))
	for i, k := range key {
		names[i] = k.Name
	}
	return strings.Join(names, " . ")
}

func (c *chain) write(b *strings.Builder) {
	fmt.Fprintf(b, "\tchain %s {\n", c.name)
	if c.hook != nil {
		hook := "input"
		if *c.hook == *nftables.ChainHookOutput {
			hook = "output"
		}
		fmt.Fprintf(b, "\t\ttype filter hook %s priority %s; policy accept;\n", hook, priorityText(c.priority))
	}
	for _, r := range c.rules {
		fmt.Fprintf(b, "\t\t%s\n", r.text)
	}
	b.WriteString("\t}\n")
}

// priorityText names a priority by its distance from that of a filter, as nft does when it
// is at most 10.
func priorityText(p int32) string {
	switch {
	case p == 0:
		return "filter"
	case p > 0 && p <= 10:
		return fmt.Sprintf("filter + %d", p)
	case p < 0 && p >= -10:
		return fmt.Sprintf("filter - %d", -p)
	}
	return fmt.Sprint(p)
}
