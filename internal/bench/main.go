// SPDX-License-Identifier: Apache-2.0

// Bench measures vipward against keepalived on this machine, in the same run and in turn,
// since absolute figures drift with whatever else the machine does. It needs root: the
// nodes are network namespaces.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

func main() {
	if slices.Equal(os.Args[1:], []string{spinArg}) {
		spin()
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// options are the command line.
type options struct {
	vipward, keepalived string // paths; empty: the lab's
	rows                []row
	rounds              int // 0: each row's own
	quick               bool
	json                string // files; empty: none
	plot                string
}

func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	opts, err := parseArgs(args, errOut)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintf(errOut, "bench: %v\n", err)
		return 2
	}
	if err := measure(ctx, opts, out, errOut); err != nil {
		fmt.Fprintf(errOut, "bench: %v\n", err)
		return 1
	}
	return 0
}

func parseArgs(args []string, errOut io.Writer) (options, error) {
	var opts options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.StringVar(&opts.vipward, "vipward", "", "the vipward to measure (default: build it)")
	flags.StringVar(&opts.keepalived, "keepalived", "", "the keepalived to measure (default: Debian's)")
	names := flags.String("rows", "", "comma-separated rows to measure (default: all)")
	flags.IntVar(&opts.rounds, "rounds", 0, "rounds of each row (default: the row's own)")
	flags.BoolVar(&opts.quick, "quick", false, "one short round of the quick rows, to see that it runs")
	flags.StringVar(&opts.json, "json", "", "write every single figure to this file")
	flags.StringVar(&opts.plot, "plot", "", "draw the cost of a change by the size of the table (rows change-…) into this SVG file")
	flags.Usage = func() {
		fmt.Fprintln(errOut, "usage: bench [flags]")
		flags.PrintDefaults()
		fmt.Fprintln(errOut, "rows:")
		for _, r := range allRows() {
			fmt.Fprintf(errOut, "  %-14s %s\n", r.name, r.doc)
		}
	}
	if err := flags.Parse(args); err != nil {
		return opts, err
	}
	var err error
	opts.rows, err = selectRows(*names, opts.quick)
	return opts, err
}

// selectRows finds the rows named, or all, or the quick ones.
func selectRows(names string, quick bool) ([]row, error) {
	all := allRows()
	if names == "" {
		return slices.DeleteFunc(all, func(r row) bool { return quick && !r.quick }), nil
	}
	var rows []row
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(all, func(r row) bool { return r.name == name })
		if i < 0 {
			return nil, fmt.Errorf("no row %q", name)
		}
		rows = append(rows, all[i])
	}
	return rows, nil
}
