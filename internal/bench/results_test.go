// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sample() results {
	var rs results
	for _, v := range []float64{3, 1, 2} {
		rs.add("takeover-1", "late ms", ourName, v)
		rs.add("takeover-1", "late ms", theirName, 2*v)
	}
	rs.add("busy", "master changes", ourName, 0)
	rs.add("busy", "master changes", theirName, 34)
	rs.add("busy", "master changes", theirName, 36)
	return rs
}

func TestPrint(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	sample().print(&out)
	var got [][]string
	for line := range strings.Lines(out.String()) {
		got = append(got, strings.Fields(line))
	}
	want := [][]string{
		{"takeover-1", "late", "ms", "3", "2.00", "3.00", "4.00", "6.00", "0.50"},
		{"busy", "master", "changes", "2", "0.00", "0.00", "35.00", "36.00", "0.00"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

func TestSave(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "bench.json")
	if err := sample().save(file); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got results
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample(), got); diff != "" {
		t.Errorf("round trip (-want +got):\n%s", diff)
	}
}

func TestStatistics(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		vs           []float64
		median, most string
	}{
		{"none", nil, "-", "-"},
		{"one", []float64{7}, "7.00", "7.00"},
		{"odd", []float64{9, 1, 5}, "5.00", "9.00"},
		{"even", []float64{4, 1, 3, 2}, "2.50", "4.00"},
		{"all below zero", []float64{-3, -1}, "-2.00", "-1.00"},
		{"half of them never", []float64{1, ms(never)}, "never", "never"},
		{"one of three never", []float64{1, ms(never), 2}, "2.00", "never"},
		{"all never", []float64{ms(never), ms(never)}, "never", "never"},
		{"large values need no decimals", []float64{1234.5}, "1234", "1234"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := short(median(tt.vs)); got != tt.median {
				t.Errorf("median %s, want %s", got, tt.median)
			}
			if got := short(most(tt.vs)); got != tt.most {
				t.Errorf("max %s, want %s", got, tt.most)
			}
		})
	}
}

func TestRatio(t *testing.T) {
	t.Parallel()
	some := func(v float64) value { return value{v, true} }
	tests := []struct {
		name         string
		ours, theirs value
		want         string
	}{
		{"half", some(1), some(2), "0.50"},
		{"nothing to divide by", some(1), some(0), "-"},
		{"below zero", some(-1), some(2), "-"},
		{"ours never happened", some(ms(never)), some(2), "-"},
		{"theirs never happened", some(1), some(ms(never)), "-"},
		{"ours is missing", value{}, some(2), "-"},
		{"theirs is missing", some(1), value{}, "-"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := ratio(tt.ours, tt.theirs); got != tt.want {
				t.Errorf("ratio %s, want %s", got, tt.want)
			}
		})
	}
}
