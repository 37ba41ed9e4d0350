// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"fmt"
	"io"
	"strings"
)

// opMarks are the signs of a plan: + comes, - goes, ~ changes.
var opMarks = map[Op]string{OpAdd: "+", OpRemove: "-", OpChange: "~"}

// Text writes the plan for people.
func (p *Plan) Text(w io.Writer) error {
	var b strings.Builder
	for _, c := range p.Changes {
		changeText(&b, c, "")
	}
	if p.Empty() {
		b.WriteString("No changes.\n")
	}
	for _, n := range p.Counts {
		fmt.Fprintf(&b, "%s: %d added, %d removed, %d changed, %d kept\n", n.Kind, n.Added, n.Removed, n.Changed, n.Kept)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func changeText(b *strings.Builder, c Change, indent string) {
	fmt.Fprintf(b, "%s%s %s\n", indent, opMarks[c.Op], printable(strings.TrimSpace(c.Kind+" "+c.Name)))
	for _, f := range c.Fields {
		fmt.Fprintf(b, "%s    %s: %s -> %s\n", indent, f.Field, showValue(f.Old), showValue(f.New))
	}
	for _, e := range c.Entries {
		changeText(b, e, indent+"    ")
	}
}

// showValue gives a value of a plan in one line.
func showValue(v any) string {
	switch x := v.(type) {
	case view:
		return printable(show(x))
	case string:
		if x == "" {
			return "none"
		}
		return printable(x)
	default:
		return showLeaf(v)
	}
}
