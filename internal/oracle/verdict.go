// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"vipward/conf"
	"vipward/internal/lab"
)

// Verdict is what a configuration test says of a configuration.
type Verdict struct {
	Exit  int
	Class Class
	Lines []string // its messages
}

// Class says of what is complained.
type Class string

// The classes.
const (
	Clean       Class = "clean"
	Environment Class = "environment" // of the machine alone
	Text        Class = "text"
)

// Agree says whether two verdicts mean the same: both complain or neither, of the text
// or of the machine.
func Agree(a, b Verdict) bool {
	return (a.Exit == 0) == (b.Exit == 0) && (a.Class == Text) == (b.Class == Text)
}

// Judge gives the verdicts of both on configurations.
type Judge struct {
	host *lab.Host
	bin  string
	dir  string
}

// limit ends a keepalived that does not come to an end by itself.
const limit = 5 * time.Second

// errHangs says that keepalived has no verdict.
var errHangs = errors.New("keepalived does not come to an end, or dies")

// Keepalived asks the real one.
func (j *Judge) Keepalived(ctx context.Context, text string) (Verdict, error) {
	file, err := j.write(text)
	if err != nil {
		return Verdict{}, err
	}
	defer func() { _ = os.Remove(file) }() // the folder goes as a whole as well
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, j.bin, "-t", "-f", file)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := j.host.Do(cmd.Start); err != nil {
		return Verdict{}, err
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return Verdict{}, err
	}
	if !cmd.ProcessState.Exited() {
		return Verdict{}, errHangs
	}
	v := Verdict{Exit: cmd.ProcessState.ExitCode()}
	for l := range strings.Lines(out.String()) {
		v.add(strings.TrimSpace(strings.ReplaceAll(l, file, "FILE")))
	}
	v.Class = classify(v.Lines)
	return v, nil
}

// add keeps a message, once.
func (v *Verdict) add(l string) {
	if i := strings.Index(l, "Line "); i >= 0 && strings.HasPrefix(l, "(") {
		if n := strings.Index(l, ") "); n > 0 {
			l = strings.TrimPrefix(l[i:n], "Line ") + ": " + l[n+2:]
		}
	}
	for _, have := range v.Lines {
		if have == l {
			return
		}
	}
	if l != "" {
		v.Lines = append(v.Lines, l)
	}
}

// Vipward asks our own packages.
func (j *Judge) Vipward(text string) (Verdict, error) {
	file, err := j.write(text)
	if err != nil {
		return Verdict{}, err
	}
	defer func() { _ = os.Remove(file) }() // the folder goes as a whole as well
	var l *conf.Loaded
	err = j.host.Do(func() error {
		l = conf.Load(file)
		l.CheckHost(conf.System{})
		return nil
	})
	v := Verdict{Exit: conf.TestExit(l.Diagnostics), Class: Clean}
	for _, d := range l.Diagnostics {
		if d.Severity == conf.Note {
			continue
		}
		if v.Class = Environment; d.Cause == conf.FromConfiguration {
			v.Class = Text
			break
		}
	}
	for _, d := range l.Diagnostics {
		v.Lines = append(v.Lines, strings.ReplaceAll(d.String(), file, "FILE"))
	}
	return v, err
}

func (j *Judge) write(text string) (string, error) {
	f, err := os.CreateTemp(j.dir, "*.conf")
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(text)
	return filepath.Clean(f.Name()), errors.Join(err, f.Close())
}
