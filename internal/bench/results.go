// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
)

// result holds all values of one figure of one row, for each daemon.
type result struct {
	Row    string               `json:"row"`
	Figure string               `json:"figure"`
	Values map[string][]float64 `json:"values"` // by daemon
}

type results []result

func (rs *results) add(row, what, daemon string, value float64) {
	i := slices.IndexFunc(*rs, func(r result) bool { return r.Row == row && r.Figure == what })
	if i < 0 {
		i = len(*rs)
		*rs = append(*rs, result{Row: row, Figure: what, Values: map[string][]float64{}})
	}
	r := (*rs)[i]
	r.Values[daemon] = append(r.Values[daemon], value)
}

// save writes every value as JSON.
func (rs results) save(file string) error {
	b, err := json.MarshalIndent(rs, "", "  ")
	if err != nil {
		return fmt.Errorf("encode results: %w", err)
	}
	if err := os.WriteFile(file, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("save results: %w", err)
	}
	return nil
}

// loadResults reads what save wrote.
func loadResults(file string) (results, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("load results: %w", err)
	}
	var rs results
	if err := json.Unmarshal(b, &rs); err != nil {
		return nil, fmt.Errorf("load results: %w", err)
	}
	return rs, nil
}

const tableFormat = "%-14s %-26s %4s  %9s %9s  %9s %9s  %6s\n"

func printHeader(w io.Writer) {
	fmt.Fprintf(w, "\n%48s%-20s %-20s\n", "", ourName, theirName)
	fmt.Fprintf(w, tableFormat, "row", "figure", "n", "median", "max", "median", "max", "ratio")
}

// print writes one line a figure. The ratio is that of the medians, ours to theirs.
func (rs results) print(w io.Writer) {
	for _, r := range rs {
		ours, theirs := r.Values[ourName], r.Values[theirName]
		fmt.Fprintf(w, tableFormat, r.Row, r.Figure, strconv.Itoa(max(len(ours), len(theirs))),
			short(median(ours)), short(most(ours)), short(median(theirs)), short(most(theirs)),
			ratio(median(ours), median(theirs)))
	}
}

// value is a number that may be missing.
type value struct {
	v  float64
	ok bool
}

// never says whether what was measured did not happen: for a median, in half of the rounds.
func (x value) never() bool { return x.v >= neverFigure/2 }

func median(vs []float64) value {
	if len(vs) == 0 {
		return value{}
	}
	s := slices.Sorted(slices.Values(vs))
	return value{(s[(len(s)-1)/2] + s[len(s)/2]) / 2, true}
}

func most(vs []float64) value {
	if len(vs) == 0 {
		return value{}
	}
	return value{slices.MaxFunc(vs, cmp.Compare), true}
}

func short(x value) string {
	if !x.ok {
		return "-"
	}
	if x.never() {
		return "never"
	}
	decimals := 2
	if x.v >= 100 || x.v <= -100 {
		decimals = 0
	}
	return strconv.FormatFloat(x.v, 'f', decimals, 64)
}

// ratio means nothing when the lower end is not above zero, or one of both never came to an end.
func ratio(ours, theirs value) string {
	if !ours.ok || !theirs.ok || ours.never() || theirs.never() || theirs.v <= 0 || ours.v < 0 {
		return "-"
	}
	return strconv.FormatFloat(ours.v/theirs.v, 'f', 2, 64)
}
