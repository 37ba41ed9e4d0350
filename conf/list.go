// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"slices"
	"strconv"
	"strings"
)

// parseLST reads (VAR, VALUE...) or ({VAR,VAR...}, {VALUE,VALUE...}...).
func parseLST(head string) (loop, string) {
	in, ok := between(head)
	if !ok {
		return loop{}, "want (VARIABLE, VALUE, ...) or ({VARIABLE, ...}, {VALUE, ...}, ...)"
	}
	groups, ok := listGroups(in)
	if !ok {
		return loop{}, "the list is not well-formed: values are separated by commas and hold no blanks and braces"
	}
	names, rows := groups[0], groups[1:]
	for _, name := range names {
		if !isVariable(name) {
			return loop{}, strconv.Quote(name) + " is no name of a variable"
		}
	}
	if len(rows) == 0 {
		return loop{}, "no values"
	}
	for i, row := range rows {
		if len(row) > len(names) {
			return loop{}, "{" + strings.Join(row, ",") + "} has " + itoa(len(row)) + " values for " + itoa(len(names)) + " variables"
		}
		rows[i] = append(row, make([]string, len(names)-len(row))...)
	}
	return loop{names, slices.Values(rows)}, ""
}

// listGroups splits a list at its commas; {a,b} is one group of two.
func listGroups(in string) (groups [][]string, ok bool) {
	for {
		in = strings.TrimLeft(in, " \t")
		var group []string
		if strings.HasPrefix(in, "{") {
			text, rest, closed := strings.Cut(in[1:], "}")
			if !closed {
				return nil, false
			}
			group, in = strings.Split(text, ","), strings.TrimLeft(rest, " \t")
		} else {
			n := strings.IndexByte(in+",", ',')
			group, in = []string{in[:n]}, in[n:]
		}
		if !cleanValues(group) {
			return nil, false
		}
		groups = append(groups, group)
		if in == "" {
			return groups, true
		}
		if in[0] != ',' {
			return nil, false
		}
		in = in[1:]
	}
}

// cleanValues trims the values and says whether they hold nothing that separates.
func cleanValues(group []string) bool {
	for i, v := range group {
		group[i] = trimBlanks(v)
		if strings.ContainsAny(group[i], " \t\r\v\f{}") {
			return false
		}
	}
	return true
}
