// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// TB is what the lab needs of a *testing.T. Fatalf ends the calling goroutine.
type TB interface {
	Helper()
	Name() string
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Failed() bool
	Cleanup(f func())
	TempDir() string
	Context() context.Context
}

// Main runs body with a TB for programs: Logf and Errorf write lines to out, Fatalf ends
// body, and the cleanups run when body ends, also when ctx ended it. It returns an error
// when body failed.
func Main(ctx context.Context, name string, out io.Writer, body func(TB)) error {
	ctx, cancel := context.WithCancel(ctx)
	p := &program{name: name, out: out, ctx: ctx}
	var g errgroup.Group
	g.Go(func() error { // its own goroutine, so that Fatalf can end it
		defer p.cleanup()
		defer cancel()
		body(p)
		return nil
	})
	if err := g.Wait(); err != nil {
		return err
	}
	if p.Failed() {
		return fmt.Errorf("%s failed", name)
	}
	return nil
}

// program is the TB of Main.
type program struct {
	name string
	ctx  context.Context

	mu       sync.Mutex // guards what follows
	out      io.Writer
	failed   bool
	cleanups []func()
}

func (p *program) Helper()                  {}
func (p *program) Name() string             { return p.name }
func (p *program) Context() context.Context { return p.ctx }

func (p *program) Logf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, format+"\n", args...)
}

func (p *program) Errorf(format string, args ...any) {
	p.Logf(format, args...)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed = true
}

func (p *program) Fatalf(format string, args ...any) {
	p.Errorf(format, args...)
	runtime.Goexit()
}

func (p *program) Failed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed
}

func (p *program) Cleanup(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cleanups = append(p.cleanups, f)
}

func (p *program) TempDir() string {
	dir, err := os.MkdirTemp("", "vipward-lab-")
	if err != nil {
		p.Fatalf("make a scratch folder: %v", err)
	}
	p.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			p.Errorf("remove the scratch folder: %v", err)
		}
	})
	return dir
}

// cleanup runs the cleanups, last first; a cleanup may add further ones.
func (p *program) cleanup() {
	for {
		p.mu.Lock()
		if len(p.cleanups) == 0 {
			p.mu.Unlock()
			return
		}
		f := p.cleanups[len(p.cleanups)-1]
		p.cleanups = slices.Delete(p.cleanups, len(p.cleanups)-1, len(p.cleanups))
		p.mu.Unlock()
		f()
	}
}
