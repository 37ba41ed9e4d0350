// SPDX-License-Identifier: Apache-2.0

// Demo shows what vipward does: two load balancer nodes, a client and web servers on this
// machine, and what happens when parts of that die. Each step is checked; the exit status
// is 0 only when all went as it says.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"vipward/internal/lab"
)

const limit = 3 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	out := io.Writer(os.Stdout)
	if isTerminal(os.Stdout) && os.Getenv("NO_COLOR") == "" && !lab.InLabKernel() { // outside it is painted once
		out = &painter{out: out}
	}
	code, err := run(ctx, os.Args[1:], out)
	if err != nil {
		fmt.Fprintf(os.Stderr, "demo: %v\n", err)
	}
	os.Exit(code)
}

// run gives the exit status. Without IPVS in the running kernel the same program runs
// again in the lab kernel, and its status is ours.
func run(ctx context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	vipward := flags.String("vipward", "", "the vipward to show (default: build it)")
	logs := flags.Bool("logs", false, "print at the end what both nodes logged")
	if err := flags.Parse(args); err != nil {
		return 2, nil // flags has said what is wrong
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	kind, err := find(ctx, *vipward, out)
	if err != nil {
		return 1, err
	}
	if !lab.InLabKernel() {
		introduce(out)
	}
	here, code, err := lab.RunInIPVSKernel(ctx, out, limit, args)
	if err != nil || !here {
		return code, err
	}
	fmt.Fprintf(out, "IPVS: that of this kernel, %s.\n", release())
	err = lab.Main(ctx, "demo", out, func(t lab.TB) {
		s := newStage(t, kind, out)
		s.play()
		if *logs {
			s.logs()
		}
	})
	if err != nil {
		return 1, err
	}
	return 0, nil
}

// find looks up the vipward before the lab kernel starts, which then uses the same one.
func find(ctx context.Context, path string, out io.Writer) (lab.Kind, error) {
	if path != "" {
		return func(lab.TB) string { return path }, nil
	}
	err := lab.Main(ctx, "find vipward", out, func(t lab.TB) { lab.Vipward(t) })
	return lab.Vipward, err
}

// introduce says what is about to be seen.
func introduce(out io.Writer) {
	fmt.Fprintln(out, "vipward demo: two load balancers, two web servers and a sorry server behind them, and a client")
	fmt.Fprintf(out, "that asks for a page every %s. Each is a network namespace of this machine.\n", span(askEvery))
	if !lab.HasIPVS() {
		fmt.Fprintf(out, "This kernel, %s, has no IPVS: all of it runs in a user-mode kernel, which starts now.\n", release())
	}
}

func release() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "of unknown version"
	}
	return unix.ByteSliceToString(u.Release[:])
}
