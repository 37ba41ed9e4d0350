// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// doubling gives definitions each of which holds the one before it twice.
func doubling(n int, use string) string {
	var b strings.Builder
	b.WriteString("$P0=xxxxxxxx\n")
	for i := range n {
		p := "${P" + itoa(i) + "}"
		b.WriteString("$P" + itoa(i+1) + "=" + p + use + p + "\n")
	}
	return b.String() + "router_id ${P" + itoa(n) + "}\n"
}

// bombs are texts that ask for far more than there can be.
func bombs() map[string]string {
	lines := "$M0= \\\na \\\nb\n"
	for i := range 40 {
		m := "$M" + itoa(i)
		lines += "$M" + itoa(i+1) + "= \\\n" + m + " \\\n" + m + "\n"
	}
	return map[string]string{
		"doubling":           doubling(60, ""),
		"doubling of words":  doubling(60, " "),
		"doubling of quotes": doubling(60, `"`),
		"doubling of lines":  lines + "$M40\n",
		"sequence":           "~SEQ(I,1,4000000000) a\n",
		"sequences":          strings.Repeat("~SEQ(I,1,1000) ", 6) + "a\n",
		"lists":              strings.Repeat("~LST({A,B},{1,2},{3,4}) ", 40) + "a ${A}\n",
		"empty sequence":     strings.Repeat("~SEQ(I,1,1000000) ", 3) + "@other x\n",
		"sequence of doublings": "$A=" + strings.Repeat("x", 1000) + "\n$B=" + strings.Repeat("${A}", 1000) +
			"\n~SEQ(I,1,1000000) a ${B}\n",
		"includes": "include f2\n",
	}
}

// bombFiles adds the files that some of the texts include.
func bombFiles(text string) memFiles {
	files := memFiles{"f": text, "f2": strings.Repeat("x", 1<<20) + "\n" + strings.Repeat("include f3\n", 100), "f3": strings.Repeat("include f4\n", 100)}
	files["f4"] = strings.Repeat("y", 1<<20)
	return files
}

// TestBombs: each ends with one clear message, soon, and without eating the memory.
func TestBombs(t *testing.T) {
	for name, text := range bombs() {
		t.Run(name, func(t *testing.T) {
			files := bombFiles(text)
			start := time.Now()
			peak, l := peakOf(func() *Loaded { return load(files, "f") })
			t.Logf("%v, %d MB", time.Since(start).Round(time.Millisecond), peak>>20)
			if !l.Fatal() {
				t.Fatal("accepted")
			}
			last := l.Diagnostics[len(l.Diagnostics)-1]
			found := 0
			for _, d := range l.Diagnostics {
				if d.Severity == Fatal {
					found++
				}
			}
			if found != 1 {
				t.Errorf("%d fatal diagnostics, the last %v", found, last)
			}
			if peak > 200<<20 {
				t.Errorf("%d MB in use", peak>>20)
			}
		})
	}
}

// peakOf runs f and gives what is in use at its end and could not be freed before
// it, roughly: the heap without collecting in between.
func peakOf(f func() *Loaded) (uint64, *Loaded) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	l := f()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(l)
	return after.HeapAlloc - min(before.HeapAlloc, after.HeapAlloc), l
}

// TestNotABomb: what somebody could really want goes through.
func TestNotABomb(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("$REAL= \\\nreal_server 10.${A}.${B}.1 80 { \\\nweight 1 \\\nTCP_CHECK { \\\nconnect_timeout 3 \\\n} \\\n}\n")
	b.WriteString("virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_algo rr\nlb_kind NAT\n~SEQ(A,1,20) ~SEQ(B,0,249) $REAL\n}\n")
	l := loadText(b.String())
	diff(t, "diagnostics", []string{}, said(l.Diagnostics))
	diff(t, "real servers", 5000, len(l.Config.VirtualServers[0].RealServers))
}

// TestDeepNesting: as deep as it may be, and one deeper.
func TestDeepNesting(t *testing.T) {
	t.Parallel()
	nest := func(n int) []string {
		var b strings.Builder
		b.WriteString("$P0=x\n")
		for i := range n {
			b.WriteString("$P" + itoa(i+1) + "=${P" + itoa(i) + "}\n")
		}
		_, s := expandText(b.String() + "a ${P" + itoa(n) + "}")
		return said(s.c.list)
	}
	diff(t, "deep", []string{}, nest(maxNesting-1))
	diff(t, "too deep", []string{itoa(maxNesting+10) + ":3 fatal expansion"}, nest(maxNesting+8))
}

// TestChainIsShort: the list of steps does not grow with their number.
func TestChainIsShort(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("$P0=~SEQ\n")
	for i := range 100 {
		b.WriteString("$P" + itoa(i+1) + "=${P" + itoa(i) + "}\n")
	}
	_, s := expandText(b.String() + "${P100}")
	chain := s.c.list[0].Chain
	diff(t, "steps", maxChain+1, len(chain))
	diff(t, "last", "and 89 more", chain[maxChain].Text)
}

// TestManyUses: one line with very many parameters takes time in proportion.
func TestManyUses(t *testing.T) {
	t.Parallel()
	got, s := expandText("$A=xy\nb " + strings.Repeat("${A}", 100_000))
	diff(t, "diagnostics", []string{"2:1 note long-line"}, said(s.c.list))
	diff(t, "length", 2+200_000, len(got[0]))
}
