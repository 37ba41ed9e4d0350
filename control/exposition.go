// SPDX-License-Identifier: Apache-2.0

package control

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// exposition is Prometheus's text form, families in the order in which they were begun.
type exposition struct {
	families []*family
	byName   map[string]*family
}

// family is one metric with its samples.
type family struct {
	name, help, kind string
	labels           []string
	out              bytes.Buffer
}

func newExposition() *exposition { return &exposition{byName: map[string]*family{}} }

func (x *exposition) gauge(name, help string, labels ...string) *family {
	return x.family(name, help, "gauge", labels)
}

func (x *exposition) counter(name, help string, labels ...string) *family {
	return x.family(name, help, "counter", labels)
}

// family gives the family of that name: samples of one may be added in several places.
func (x *exposition) family(name, help, kind string, labels []string) *family {
	f := x.byName[name]
	if f == nil {
		f = &family{name: name, help: help, kind: kind, labels: labels}
		x.byName[name] = f
		x.families = append(x.families, f)
	}
	return f
}

// add adds a sample with the values of the family's labels.
func (f *family) add(v float64, values ...string) {
	if len(values) != len(f.labels) {
		panic(fmt.Sprintf("control: metric %s has labels %q, not %q", f.name, f.labels, values))
	}
	f.out.WriteString(f.name)
	for i, label := range f.labels {
		f.out.WriteByte("{,"[min(i, 1)])
		f.out.WriteString(label)
		f.out.WriteString(`="`)
		f.out.WriteString(escape.Replace(strings.ToValidUTF8(values[i], "�")))
		f.out.WriteByte('"')
	}
	if len(f.labels) > 0 {
		f.out.WriteByte('}')
	}
	f.out.WriteByte(' ')
	f.out.WriteString(formatted(v))
	f.out.WriteByte('\n')
}

var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// formatted writes whole numbers without an exponent, as counters are read by people too.
func formatted(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
		return strconv.FormatInt(int64(v), 10)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// bytes gives the text. Families without a sample are left out.
func (x *exposition) bytes() []byte {
	var b bytes.Buffer
	for _, f := range x.families {
		if f.out.Len() > 0 {
			fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", f.name, f.help, f.name, f.kind)
			b.Write(f.out.Bytes())
		}
	}
	return b.Bytes()
}

func number(v bool) float64 {
	if v {
		return 1
	}
	return 0
}

// epoch is a time as metrics have it; 0 for none.
func epoch(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMicro()) / 1e6
}
