// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestRun(t *testing.T) {
	t.Parallel()
	const (
		passA = `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"a talks\n"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.1}
`
		passP = `{"Action":"pass","Package":"p","Elapsed":1.25}
`
		failB = `{"Action":"output","Package":"p","Test":"TestB","Output":"=== RUN   TestB\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:7: want 1, got 2\n"}
{"Action":"fail","Package":"p","Test":"TestB","Elapsed":0}
`
		failP = `{"Action":"fail","Package":"p","Elapsed":1}
`
		skipC = `{"Action":"output","Package":"p","Test":"TestC","Output":"    c_test.go:3: no IPVS\n"}
{"Action":"skip","Package":"p","Test":"TestC","Elapsed":0}
`
	)
	tests := []struct {
		name, in, want string
		args           []string
		exit           int
	}{
		{
			name: "all pass", in: passA + passP,
			want: "ok    p 1.2s\n1 passed, 0 failed\n",
		},
		{
			name: "a failure shows its output and only its own", in: passA + failB + failP, exit: 1,
			want: "    b_test.go:7: want 1, got 2\nFAIL  p 1.0s\n1 passed, 1 failed\n",
		},
		{
			name: "a skip is named and counted", in: passA + skipC + passP,
			want: "    c_test.go:3: no IPVS\nok    p 1.2s\n1 passed, 0 failed, 1 skipped\n",
		},
		{
			name: "a skip fails when strict", in: passA + skipC + passP, args: []string{"-strict"}, exit: 1,
			want: "    c_test.go:3: no IPVS\nok    p 1.2s\n1 passed, 0 failed, 1 skipped\n",
		},
		{
			name: "a package that does not build is one failure", exit: 1,
			in: passA + `{"ImportPath":"q","Action":"build-output","Output":"q.go:1: syntax error\n"}
{"ImportPath":"q","Action":"build-fail"}
{"Action":"fail","Package":"q","Elapsed":0,"FailedBuild":"q"}
`,
			want: "q.go:1: syntax error\nFAIL  q 0.0s\n1 passed, 1 failed\n",
		},
		{
			name: "a package that dies shows the test that ran", exit: 1,
			in: passA + `{"Action":"output","Package":"p","Test":"TestD","Output":"panic: test timed out\n"}
` + failP,
			want: "panic: test timed out\nFAIL  p 1.0s\n1 passed, 1 failed\n",
		},
		{
			name: "nothing ran", in: passP, exit: 1,
			want: "ok    p 1.2s\n0 passed, 0 failed\n",
		},
		{
			name: "text of the go command is passed on", in: "go: no such module\n", exit: 1,
			want: "go: no such module\n0 passed, 0 failed\n",
		},
		{
			name: "a last line without its newline counts", in: passA + strings.TrimSuffix(passP, "\n"),
			want: "ok    p 1.2s\n1 passed, 0 failed\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out, errOut bytes.Buffer
			exit := run(tt.args, strings.NewReader(tt.in), &out, &errOut)
			if diff := cmp.Diff(tt.want, out.String()); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			if exit != tt.exit || errOut.Len() > 0 {
				t.Errorf("exit %d, stderr %q, want exit %d", exit, errOut.String(), tt.exit)
			}
		})
	}
}

func TestRunReportsTrouble(t *testing.T) {
	t.Parallel()
	var out, errOut bytes.Buffer
	if exit := run(nil, iotest.ErrReader(errors.New("pipe broke")), &out, &errOut); exit != 1 {
		t.Errorf("exit %d after a read error, want 1", exit)
	}
	if !strings.Contains(errOut.String(), "read test events: pipe broke") {
		t.Errorf("stderr %q does not name the error", errOut.String())
	}
	if exit := run([]string{"-nonsense"}, strings.NewReader(""), &out, &errOut); exit != 2 {
		t.Errorf("exit %d after a wrong flag, want 2", exit)
	}
}
