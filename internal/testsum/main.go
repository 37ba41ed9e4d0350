// SPDX-License-Identifier: Apache-2.0

// Testsum reads the output of go test -json and prints what a person wants of it: one line
// for each package, the whole output of what failed, the reason of each skip, and the count.
//
// It exits 1 when anything failed or nothing ran; with -strict also when a test was skipped.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(args []string, in io.Reader, out, errOut io.Writer) int {
	flags := flag.NewFlagSet("testsum", flag.ContinueOnError)
	flags.SetOutput(errOut)
	strict := flags.Bool("strict", false, "a skipped test is a failure")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	s := newSummary(out)
	if err := s.read(in); err != nil {
		fmt.Fprintf(errOut, "testsum: read test events: %v\n", err)
		return 1
	}
	s.close()
	if !s.good(*strict) {
		return 1
	}
	return 0
}
