// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// However many signals of one kind nobody has taken yet, another kind still gets through.
func TestSignalsBehindMany(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var g errgroup.Group
	got := listen(ctx, &g, []os.Signal{syscall.SIGWINCH, syscall.SIGURG, syscall.SIGCONT})
	for range 200 {
		must(t, unix.Kill(os.Getpid(), unix.SIGWINCH))
	}
	must(t, unix.Kill(os.Getpid(), unix.SIGCONT))
	seen := map[os.Signal]int{}
	for seen[syscall.SIGCONT] == 0 {
		seen[<-got]++
	}
	if seen[syscall.SIGWINCH] > 200 {
		t.Errorf("%d of 200", seen[syscall.SIGWINCH])
	}
	cancel()
	must(t, g.Wait())
}
