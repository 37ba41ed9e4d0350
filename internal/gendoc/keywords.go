// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strconv"
	"strings"

	"vipward/conf"
)

// group is a block of the language with its keywords.
type group struct {
	name     string // as in "virtual_server.real_server"; empty at the top
	doc      string // of the keyword that opens it
	keywords []conf.Keyword
}

// groups gives all blocks in the order of the tables, each once. What stands in a planned
// block is planned with it.
func groups() []group {
	var out []group
	index := map[string]int{}
	docs := map[string]string{"": "What stands outside of all braces."}
	planned := map[string]bool{}
	for _, k := range conf.Keywords() {
		if planned[k.Block] {
			k.Status = statusPlanned
		}
		if k.Sub != "" && k.Status == statusPlanned {
			planned[k.Sub] = true
		}
		if k.Sub != "" && docs[k.Sub] == "" {
			docs[k.Sub] = k.Doc
		}
		i, ok := index[k.Block]
		if !ok {
			i = len(out)
			index[k.Block] = i
			out = append(out, group{name: k.Block, doc: docs[k.Block]})
		}
		if !has(out[i].keywords, k.Name) {
			out[i].keywords = append(out[i].keywords, k)
		}
	}
	return out
}

// has says whether a keyword is listed: a block that several keywords open is in the
// tables once for each.
func has(list []conf.Keyword, name string) bool {
	for _, k := range list {
		if k.Name == name {
			return true
		}
	}
	return false
}

// The states of a keyword that need words of their own.
const (
	statusWorks    = "implemented"
	statusPlanned  = "planned"
	statusNoEffect = "no effect"
)

// title names a block for people.
func (g group) title() string {
	if g.name == "" {
		return "Top level"
	}
	return strings.ReplaceAll(g.name, ".", " → ")
}

// value describes what stands behind a keyword.
func value(k conf.Keyword) string {
	switch {
	case k.Sub != "":
		return "{ block }"
	case k.Kind == "-":
		return ""
	case k.Kind == "ENTRIES":
		return "{ entries }"
	case k.Lo != k.Hi:
		return k.Kind + " " + number(k.Lo) + " to " + number(k.Hi)
	default:
		return k.Kind
	}
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// names gives a keyword with its aliases.
func names(k conf.Keyword) []string { return append([]string{k.Name}, k.Aliases...) }

// state says how far a keyword works.
func state(k conf.Keyword) string {
	if k.Note != "" {
		return k.Status + ": " + k.Note
	}
	return k.Status
}

// tally counts keywords by their status.
func tally() map[string]int {
	out := map[string]int{}
	for _, g := range groups() {
		for _, k := range g.keywords {
			out[k.Status]++
		}
	}
	return out
}
