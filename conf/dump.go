// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// DumpJSON writes the configuration as it was understood, defaults filled in and secrets
// masked. Times are in seconds; what is not set is null.
func (c *Config) DumpJSON(w io.Writer) error {
	return writeJSON(w, "dump", viewOf(c))
}

// DumpText writes the same for people.
func (c *Config) DumpText(w io.Writer) error {
	var b strings.Builder
	for _, p := range viewOf(c).parts {
		dumpText(&b, p, "")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// MarshalJSON implements json.Marshaler; the fields keep their order.
func (v view) MarshalJSON() ([]byte, error) {
	if v.kind == viewLeaf {
		return json.Marshal(v.scalar)
	}
	ends := "{}"
	if v.kind == viewList {
		ends = "[]"
	}
	var b bytes.Buffer
	b.WriteByte(ends[0])
	for i, p := range v.parts {
		if i > 0 {
			b.WriteByte(',')
		}
		if v.kind == viewObject {
			name, _ := json.Marshal(p.name) // a string always has a form
			b.Write(append(name, ':'))
		}
		part, err := p.MarshalJSON()
		if err != nil {
			return nil, err
		}
		b.Write(part)
	}
	b.WriteByte(ends[1])
	return b.Bytes(), nil
}

// dumpText writes one field: a value on a line, everything else indented below its name.
// What is off, zero or not set is left out.
func dumpText(b *strings.Builder, v view, indent string) {
	switch {
	case show(v) == "" || isZero(v):
	case v.kind == viewLeaf || v.kind == viewList && v.parts[0].kind == viewLeaf && !v.keyed:
		fmt.Fprintf(b, "%s%s: %s\n", indent, v.name, printable(show(v)))
	case v.kind == viewList:
		dumpList(b, v, indent)
	default:
		fmt.Fprintf(b, "%s%s:\n", indent, v.name)
		for _, p := range v.parts {
			dumpText(b, p, indent+"  ")
		}
	}
}

// dumpList writes the elements of a list, each below what it is called in the file.
func dumpList(b *strings.Builder, v view, indent string) {
	for _, e := range v.parts {
		fmt.Fprintf(b, "%s%s %s\n", indent, v.label, printable(e.name))
		for _, p := range e.parts {
			dumpText(b, p, indent+"  ")
		}
	}
}
