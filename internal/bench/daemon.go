// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"

	"vipward/internal/lab"
)

const (
	ourName   = "vipward"
	theirName = "keepalived"
)

// daemon is a program to measure.
type daemon struct{ name, path string }

// findDaemons names both programs; without a path they are the lab's.
func findDaemons(ctx context.Context, vipward, keepalived string, progress io.Writer) ([]daemon, error) {
	daemons := []daemon{{ourName, vipward}, {theirName, keepalived}}
	find := map[string]lab.Kind{ourName: lab.Vipward, theirName: lab.Keepalived}
	for i, d := range daemons {
		if d.path == "" {
			err := lab.Main(ctx, "find "+d.name, progress, func(t lab.TB) { daemons[i].path = find[d.name](t) })
			if err != nil {
				return nil, err
			}
			continue
		}
		path, err := filepath.Abs(d.path)
		if err != nil {
			return nil, err
		}
		daemons[i].path = path
	}
	return daemons, nil
}

// kind makes the daemon known to the lab.
func (d daemon) kind(lab.TB) string { return d.path }

// version is the first line that the daemon says of itself.
func (d daemon) version(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, d.path, "-v").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s -v: %w", d.path, err)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return line, nil
}
