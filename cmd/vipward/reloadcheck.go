// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"vipward/conf"
)

// validate is reload_check_config: a configuration that -t has anything to say about is not
// loaded. Without it only what is broken is refused (see load).
func (c *command) validate(running conf.Daemon, log *slog.Logger) error {
	if !running.ReloadCheckConfig {
		return nil
	}
	log.Info("validate conf before Reload")
	opts := c.opts.reading
	opts.CheckOnly = true
	r := c.read(opts)
	var text strings.Builder
	conf.Print(&text, r.Diagnostics)
	where := running.ReloadCheckLog
	if where == "" || where == "/dev/null" {
		where = "the lines below"
		r.log(log)
	} else {
		report(log, writeDump(where, text.String()))
	}
	if conf.TestExit(r.Diagnostics) == exitOK {
		return nil
	}
	c.facts.refused(r.Diagnostics)
	log.Error("New config failed validation, see " + where + " for details")
	return errors.New(worst(r.Diagnostics))
}

// worst is the finding that is to be named: the first of the highest severity.
func worst(list []conf.Diagnostic) string {
	var found *conf.Diagnostic
	for i, d := range list {
		if found == nil || d.Severity > found.Severity {
			found = &list[i]
		}
	}
	if found == nil {
		return "no finding"
	}
	return found.String()
}

// reloadMarker is the standard file of reload_file, as keepalived 2.x.
const reloadMarker = "/run/keepalived.reload"

// marked has the file of reload_file there while read runs.
func marked[A any](running conf.Daemon, log *slog.Logger, read func() (A, error)) (A, error) {
	if running.ReloadFile == nil {
		return read()
	}
	path := *running.ReloadFile
	if path == "" {
		path = reloadMarker
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|unix.O_NOFOLLOW, 0o644)
	if err != nil {
		log.Warn(fmt.Sprintf("reload_file: %v", err)) // somebody else's: not ours to remove
		return read()
	}
	defer func() { report(log, errors.Join(f.Close(), os.Remove(path))) }()
	return read()
}
