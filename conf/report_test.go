// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"encoding/json"
	"strings"
	"testing"
)

// samples are diagnostics of all forms: with and without a place, a hint, a line.
var samples = []Diagnostic{
	{Pos: Pos{File: "/etc/k d.conf", Line: 3, Col: 5}, Severity: Fatal, Code: "required", Message: "\"x\" must be set", Hint: "set it"},
	{Pos: Pos{File: "sub/k.conf", Line: 4, Col: 1}, Severity: Warning, Code: "conflict", Message: "odd", Chain: []Link{{Text: "included from k:1:1"}}},
	{Pos: Pos{File: "k.conf"}, Severity: Error, Code: "file-missing", Cause: FromEnvironment, Message: "gone"},
	{Severity: Note, Code: "required", Message: "aside"},
}

func TestPrintJSON(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := PrintJSON(&b, samples); err != nil {
		t.Fatal(err)
	}
	var got []map[string]any
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{
		{"file": "/etc/k d.conf", "line": 3.0, "column": 5.0, "severity": "fatal", "code": "required", "cause": "configuration", "message": "\"x\" must be set", "hint": "set it"},
		{"file": "sub/k.conf", "line": 4.0, "column": 1.0, "severity": "warning", "code": "conflict", "cause": "configuration", "message": "odd", "hint": "", "chain": []any{"included from k:1:1"}},
		{"file": "k.conf", "line": 0.0, "column": 0.0, "severity": "error", "code": "file-missing", "cause": "environment", "message": "gone", "hint": ""},
		{"file": "", "line": 0.0, "column": 0.0, "severity": "note", "code": "required", "cause": "configuration", "message": "aside", "hint": ""},
	}
	diff(t, "report", want, got)
}

func TestPrintJSONEmpty(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := PrintJSON(&b, nil); err != nil {
		t.Fatal(err)
	}
	diff(t, "report", "[]\n", b.String())
}

func TestPrintSARIF(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := PrintSARIF(&b, "v1", samples); err != nil {
		t.Fatal(err)
	}
	var got sarifLog
	dec := json.NewDecoder(strings.NewReader(b.String()))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&got); err != nil {
		t.Fatal(err)
	}
	diff(t, "version", "2.1.0", got.Version)
	diff(t, "runs", 1, len(got.Runs))
	run := got.Runs[0]
	diff(t, "tool", "vipward v1", run.Tool.Driver.Name+" "+run.Tool.Driver.Version)
	var rules, results []string
	for _, r := range run.Tool.Driver.Rules {
		rules = append(rules, r.ID)
		if r.Short.Text == "" {
			t.Errorf("rule %s is not explained", r.ID)
		}
	}
	diff(t, "rules", []string{"required", "conflict", "file-missing"}, rules)
	for _, r := range run.Results {
		diff(t, "rule of the index", r.RuleID, rules[r.RuleIndex])
		at := ""
		for _, l := range r.Locations {
			at = l.Physical.Artifact.URI
			if l.Physical.Region != nil {
				at += ":" + itoa(l.Physical.Region.Line) + ":" + itoa(l.Physical.Region.Column)
			}
		}
		results = append(results, r.Level+" "+at+" "+r.Message.Text)
	}
	diff(t, "results", []string{
		"error file:///etc/k%20d.conf:3:5 \"x\" must be set (set it)",
		"warning sub/k.conf:4:1 odd",
		"error k.conf gone",
		"note  aside",
	}, results)
}

// TestPrintSARIFEmpty: no results are an empty list, not null.
func TestPrintSARIFEmpty(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := PrintSARIF(&b, "", nil); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"results": []`, `"rules": []`} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("no %s in %s", part, b.String())
		}
	}
}
