// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"fmt"
	"strings"
	"testing"
)

// manyServers is a configuration of 100 virtual servers with 100 real servers
// each: 60,000 lines.
func manyServers() string {
	var b strings.Builder
	for vs := range 100 {
		fmt.Fprintf(&b, "virtual_server 10.1.%d.1 80 {\n    lb_algo wrr\n    lb_kind NAT\n    protocol TCP\n", vs)
		for rs := range 100 {
			fmt.Fprintf(&b, "    real_server 10.2.%d.%d 80 {\n        weight 10\n        TCP_CHECK {\n            connect_timeout 3\n        }\n    }\n", vs, rs+1)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

func BenchmarkLoad(b *testing.B) {
	files := memFiles{"f": manyServers()}
	b.ReportAllocs()
	for b.Loop() {
		if l := load(files, "f"); l.Fatal() || len(l.Diagnostics) > 0 {
			b.Fatal(l.Diagnostics)
		}
	}
}

func BenchmarkSnapshot(b *testing.B) {
	l := loadText(manyServers())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Snapshot(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFromSnapshot(b *testing.B) {
	s, err := loadText(manyServers()).Snapshot()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := FromSnapshot(s); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoadAgain is what the parent reads at a reload that changes nothing.
func BenchmarkLoadAgain(b *testing.B) {
	files := memFiles{"f": manyServers()}
	l := load(files, "f")
	room := len(l.lines.bytes())
	before := l.Config.Outline()
	b.ReportAllocs()
	for b.Loop() {
		if l := (Options{Before: before, Room: room}).load(files, "f"); l.Fatal() || l.Config.VirtualServers[0].RealServers[0] != before.VirtualServers[0].RealServers[0] {
			b.Fatal(l.Diagnostics)
		}
	}
}

// BenchmarkReread is what the checker child reads at a reload that changes nothing.
func BenchmarkReread(b *testing.B) {
	l := loadText(manyServers())
	s, err := l.Snapshot()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Reread(s, l.Config); err != nil {
			b.Fatal(err)
		}
	}
}
