// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"encoding/json"
	"fmt"
	"io"
)

// reported is a diagnostic in the form for tools. Its fields are an interface.
type reported struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Cause    string `json:"cause"`
	Message  string `json:"message"`
	Hint     string `json:"hint"`
	// Chain says how the text came to its place, the nearest step first.
	Chain []string `json:"chain,omitempty"`
}

// PrintJSON writes diagnostics as a JSON array of objects with the fields file, line,
// column, severity, code, cause (configuration or environment), message and hint,
// and chain where includes or parameters led to the place. Lines and columns count from 1;
// 0 means the whole file.
func PrintJSON(w io.Writer, diags []Diagnostic) error {
	list := make([]reported, 0, len(diags))
	for _, d := range diags {
		r := reported{
			File: d.File, Line: d.Line, Column: d.Col, Severity: d.Severity.String(),
			Code: d.Code, Cause: d.Cause.String(), Message: d.Message, Hint: d.Hint,
		}
		for _, l := range d.Chain {
			r.Chain = append(r.Chain, l.Text)
		}
		list = append(list, r)
	}
	return writeJSON(w, "report", list)
}

func writeJSON(w io.Writer, what string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}
