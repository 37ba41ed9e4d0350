// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"context"
	_ "embed" // for the init script
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

const (
	bootLimit  = 30 * time.Second // for booting and shutting down; it takes 2-3 s when quiet
	queueLimit = 10 * time.Minute // for the other machines to end
	machines   = 2                // at once
	memory     = "mem=768M"

	umlDir     = "uml_dir=" // option that names the machine's folder
	umlModules = "/usr/lib/uml/modules"
	bootMarker = "lab: booted"
)

//go:embed init.sh
var initScript string

// machine is one run of a program in a user-mode kernel on the host's own file system.
type machine struct {
	args  []string // program and arguments, absolute
	limit time.Duration
	line  func(string) // gets each line of output
}

// run boots, runs the program to its end and returns its exit status.
func (m *machine) run(ctx context.Context) (code int, err error) {
	kernel, err := exec.LookPath("linux.uml")
	if err != nil {
		return 0, fmt.Errorf("this kernel lacks what is needed and there is no linux.uml (Debian package user-mode-linux): %w", err)
	}
	release, err := m.queue(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, release()) }()
	dir, err := makeCacheTemp("uml-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := m.prepare(dir); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, m.limit)
	defer cancel()
	console, bootErr := m.boot(ctx, kernel, dir)
	code, err = status(dir, console)
	if bootErr != nil && (err != nil || ctx.Err() != nil) {
		return 0, fmt.Errorf("%w; console:\n%s", bootErr, console)
	}
	return code, err // the kernel may abort when it powers off: the program had ended
}

func (m *machine) queue(ctx context.Context) (release func() error, err error) {
	ctx, cancel := context.WithTimeout(ctx, queueLimit)
	defer cancel()
	return lockOne(ctx, "uml", machines)
}

// prepare fills the machine's folder: the init script, the modules, an empty tmp.
func (m *machine) prepare(dir string) error {
	cwd, err := os.Getwd()
	if err != nil {
		return err
	}
	modules := filepath.Join(dir, "lib", "modules")
	versions, err := filepath.Glob(umlModules + "/*")
	if err == nil && len(versions) == 0 {
		err = fmt.Errorf("no kernel modules below %s (Debian package user-mode-linux)", umlModules)
	}
	err = errors.Join(err, os.MkdirAll(modules, 0o700), os.Mkdir(filepath.Join(dir, "tmp"), 0o700))
	for _, v := range versions {
		err = errors.Join(err, os.Symlink(v, filepath.Join(modules, filepath.Base(v))))
	}
	script := m.script(dir, cwd)
	return errors.Join(err, os.WriteFile(filepath.Join(dir, "init"), []byte(script), 0o700))
}

// script is the init script with the environment of this process.
func (m *machine) script(dir, cwd string) string {
	var b strings.Builder
	b.WriteString("#!/bin/sh\n")
	for _, kv := range os.Environ() {
		if name, value, _ := strings.Cut(kv, "="); shellName(name) {
			fmt.Fprintf(&b, "export %s=%s\n", name, quote(value))
		}
	}
	fmt.Fprintf(&b, "export %s=1\n", insideEnv)
	fmt.Fprintf(&b, "export PATH=%s\n", quote(os.Getenv("PATH")+":/usr/sbin:/sbin:/usr/bin:/bin"))
	fmt.Fprintf(&b, "export TMPDIR=%s\n", quote(filepath.Join(dir, "tmp")))
	fmt.Fprintf(&b, "dir=%s cwd=%s marker=%s\n", quote(dir), quote(cwd), quote(bootMarker))
	b.WriteString("set --")
	for _, a := range m.args {
		b.WriteString(" " + quote(a))
	}
	return b.String() + "\n" + initScript
}

// boot runs the kernel to its end. console is what it said before the program started.
func (m *machine) boot(ctx context.Context, kernel, dir string) (console string, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, kernel, memory, "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "rw",
		"init="+filepath.Join(dir, "init"), umlDir+dir, "umid=m", "con=null", "con0=null,fd:2", "quiet")
	cmd.Env = append(os.Environ(), "TMPDIR="+dir) // its memory is a file there
	cmd.Stdout, cmd.Stderr = w, w
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
	var g errgroup.Group
	var boot strings.Builder
	g.Go(func() error { return newLines().read(r, m.splitter(&boot)) })
	err = cmd.Start()
	if err == nil {
		err = cmd.Wait()
		_ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL) // its helpers, when it died badly
	}
	err = errors.Join(err, w.Close(), g.Wait(), r.Close())
	if ctx.Err() != nil {
		err = fmt.Errorf("not done within %v: %w", m.limit, ctx.Err())
	}
	return boot.String(), err
}

// splitter hands the program's output on, which stands between two markers, and keeps what
// the kernel says before and after.
func (m *machine) splitter(boot *strings.Builder) func(string) {
	running := false
	return func(line string) {
		switch {
		case line == bootMarker:
			running = !running
		case running:
			m.line(line)
		default:
			fmt.Fprintln(boot, line)
		}
	}
}

// status reads the exit status that the init script left.
func status(dir, console string) (int, error) {
	b, err := os.ReadFile(filepath.Join(dir, "status"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("it ended without a status; console:\n%s", console)
	}
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(b)))
}

// quote makes one word for the shell of any text.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// shellName says whether the shell can export a variable of that name.
func shellName(s string) bool {
	for i, c := range s {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}
