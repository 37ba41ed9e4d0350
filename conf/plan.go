// SPDX-License-Identifier: Apache-2.0

package conf

import "reflect"

// Op says what a reload does with an entry.
type Op string

// The operations.
const (
	OpAdd    Op = "add"
	OpRemove Op = "remove"
	OpChange Op = "change"
)

// Plan is what a reload would change.
type Plan struct {
	Changes []Change `json:"changes"`
	// Counts says how many entries of each kind are touched, in the order of the file's
	// subjects.
	Counts []PlanCount `json:"counts"`
}

// Change is one entry that a reload would touch: a block, or a line of a list.
type Change struct {
	Op    Op     `json:"op"`
	Kind  string `json:"kind"` // as in the file: "vrrp_instance", "virtual_ipaddress"
	Name  string `json:"name"`
	Value any    `json:"value,omitempty"` // of an entry that is added or removed
	// Fields are the values of a changed entry that differ, Entries the lines and
	// blocks within it.
	Fields  []FieldChange `json:"fields,omitempty"`
	Entries []Change      `json:"entries,omitempty"`
}

// FieldChange is one value that differs. Secrets are masked on both sides.
type FieldChange struct {
	Field string `json:"field"`
	Old   any    `json:"old"`
	New   any    `json:"new"`
}

// PlanCount counts the entries of one kind.
type PlanCount struct {
	Kind    string `json:"kind"`
	Added   int    `json:"added"`
	Removed int    `json:"removed"`
	Changed int    `json:"changed"`
	Kept    int    `json:"kept"`
}

// Empty says that nothing changes.
func (p *Plan) Empty() bool { return len(p.Changes) == 0 }

// NewPlan compares two configurations, entry by entry. Places, comments and the order
// of entries do not count.
func NewPlan(old, next *Config) *Plan {
	k := planner{counts: map[string]*PlanCount{}}
	a, b := viewOf(old), viewOf(next)
	whole := k.object(OpChange, "configuration", a, b)
	p := &Plan{Changes: whole.Entries}
	if p.Changes == nil {
		p.Changes = []Change{}
	}
	for _, f := range whole.Fields {
		p.Changes = append(p.Changes, Change{Op: OpChange, Kind: f.Field, Fields: []FieldChange{f}})
	}
	for _, kind := range k.order {
		p.Counts = append(p.Counts, *k.counts[kind])
	}
	return p
}

type planner struct {
	counts map[string]*PlanCount
	order  []string
}

// object compares two objects of the same fields.
func (k *planner) object(op Op, kind string, a, b view) Change {
	out := Change{Op: op, Kind: kind, Name: b.name}
	for i := range min(len(a.parts), len(b.parts)) {
		k.field(&out, "", a.parts[i], b.parts[i])
	}
	return out
}

// field compares one field; prefix is the path to it within the entry.
func (k *planner) field(out *Change, prefix string, a, b view) {
	name := prefix + b.name
	switch {
	case b.keyed:
		out.Entries = append(out.Entries, k.list(a, b)...)
	case b.name == "global" && a.kind == viewObject && b.kind == viewObject:
		if c := k.object(OpChange, "global_defs", a, b); len(c.Fields)+len(c.Entries) > 0 {
			c.Name = ""
			out.Entries = append(out.Entries, c)
		}
	case a.kind == viewObject && b.kind == viewObject && sameFields(a, b):
		for i := range a.parts {
			k.field(out, name+".", a.parts[i], b.parts[i])
		}
	case !sameView(a, b):
		out.Fields = append(out.Fields, FieldChange{Field: name, Old: plainValue(a), New: plainValue(b)})
	}
}

// sameFields says that two objects can be compared field by field: two Commands can, a
// TCP_CHECK and a HTTP_GET cannot.
func sameFields(a, b view) bool {
	if len(a.parts) != len(b.parts) {
		return false
	}
	for i := range a.parts {
		if a.parts[i].name != b.parts[i].name {
			return false
		}
	}
	return true
}

// sameView compares all of two views.
func sameView(a, b view) bool { return reflect.DeepEqual(a, b) }

// plainValue gives what is shown of a value.
func plainValue(v view) any {
	if v.kind == viewLeaf {
		return v.scalar
	}
	return v
}

// list compares two lists by the identity of their elements.
func (k *planner) list(a, b view) []Change {
	var out []Change
	old := map[string]view{}
	for _, e := range a.parts {
		old[e.name] = e
	}
	for _, e := range b.parts {
		was, ok := old[e.name]
		delete(old, e.name)
		switch {
		case !ok:
			out = append(out, k.whole(OpAdd, b.label, e))
		case e.kind == viewObject:
			out = k.element(out, b.label, was, e)
		default:
			k.count(b.label).Kept++
		}
	}
	for _, e := range a.parts {
		if _, gone := old[e.name]; gone {
			out = append(out, k.whole(OpRemove, b.label, e))
		}
	}
	return out
}

// element compares two objects of one identity.
func (k *planner) element(out []Change, label string, a, b view) []Change {
	n := k.count(label)
	c := k.object(OpChange, label, a, b)
	if len(c.Fields)+len(c.Entries) == 0 {
		n.Kept++
		return out
	}
	n.Changed++
	return append(out, c)
}

// whole is an entry that comes or goes with everything in it.
func (k *planner) whole(op Op, label string, e view) Change {
	k.countAll(op, label, e)
	c := Change{Op: op, Kind: label, Name: e.name}
	if e.kind != viewLeaf {
		c.Value = e
	}
	return c
}

func (k *planner) countAll(op Op, label string, e view) {
	if op == OpAdd {
		k.count(label).Added++
	} else {
		k.count(label).Removed++
	}
	k.countParts(op, e)
}

func (k *planner) countParts(op Op, v view) {
	for _, p := range v.parts {
		if v.keyed {
			k.countAll(op, v.label, p)
		} else {
			k.countParts(op, p)
		}
	}
}

func (k *planner) count(label string) *PlanCount {
	n, ok := k.counts[label]
	if !ok {
		n = &PlanCount{Kind: label}
		k.counts[label] = n
		k.order = append(k.order, label)
	}
	return n
}
