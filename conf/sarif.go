// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"io"
	"net/url"
	"path/filepath"
)

// The parts of SARIF 2.1.0 that are used.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string    `json:"id"`
		Short sarifText `json:"shortDescription"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string            `json:"ruleId"`
		RuleIndex int               `json:"ruleIndex"`
		Level     string            `json:"level"`
		Message   sarifText         `json:"message"`
		Locations []sarifLocation   `json:"locations,omitempty"`
		Props     map[string]string `json:"properties"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn,omitempty"`
	}
)

// PrintSARIF writes diagnostics in SARIF 2.1.0, which code review tools show beside the
// lines. version is that of the program; it may be empty.
func PrintSARIF(w io.Writer, version string, diags []Diagnostic) error {
	docs := map[string]string{}
	for _, c := range Codes() {
		docs[c.ID] = c.Doc
	}
	driver := sarifDriver{Name: "vipward", Version: version, Rules: []sarifRule{}}
	index := map[string]int{}
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	for _, d := range diags {
		i, ok := index[d.Code]
		if !ok {
			i = len(driver.Rules)
			index[d.Code] = i
			driver.Rules = append(driver.Rules, sarifRule{ID: d.Code, Short: sarifText{docs[d.Code]}})
		}
		run.Results = append(run.Results, sarifOf(d, i))
	}
	run.Tool.Driver = driver
	return writeJSON(w, "report", sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0", Runs: []sarifRun{run},
	})
}

func sarifOf(d Diagnostic, rule int) sarifResult {
	text := d.Message
	if d.Hint != "" {
		text += " (" + d.Hint + ")"
	}
	r := sarifResult{
		RuleID: d.Code, RuleIndex: rule, Level: sarifLevel(d.Severity), Message: sarifText{text},
		Props: map[string]string{"cause": d.Cause.String(), "severity": d.Severity.String()},
	}
	if d.File == "" {
		return r
	}
	at := sarifPhysical{Artifact: sarifArtifact{fileURI(d.File)}}
	if d.Line > 0 {
		at.Region = &sarifRegion{Line: d.Line, Column: d.Col}
	}
	r.Locations = []sarifLocation{{at}}
	return r
}

// fileURI writes a file name as SARIF wants it.
func fileURI(name string) string {
	u := url.URL{Path: filepath.ToSlash(name)}
	if filepath.IsAbs(name) {
		u.Scheme = "file"
	}
	return u.String()
}

func sarifLevel(s Severity) string {
	switch s {
	case Note:
		return "note"
	case Warning:
		return "warning"
	default:
		return "error"
	}
}
