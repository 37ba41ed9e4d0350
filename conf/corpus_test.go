// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestTmp(t *testing.T) {
	b, _ := os.ReadFile("../../shared/corpus/verdicts-2.4.3.tsv")
	for _, row := range strings.Split(string(b), "\n")[1:] {
		f := strings.Split(row, "\t")
		if len(f) < 5 {
			continue
		}
		l := Load("../../shared/corpus/" + f[0])
		bad := false
		ours := "clean"
		for _, d := range l.Diagnostics {
			if d.Code == "not-supported-yet" {
				bad = true
			}
			if d.Severity > Note && d.Cause == FromConfiguration {
				ours = "config"
			}
		}
		theirs := f[4]
		if theirs == "env-only" {
			theirs = "clean"
		}
		if bad {
			fmt.Println("SKIP")
			continue
		}
		if ours != theirs {
			fmt.Println("DIFF", ours, row)
			Print(os.Stdout, l.Diagnostics)
		} else {
			fmt.Println("SAME", ours, f[0])
		}
	}
}
