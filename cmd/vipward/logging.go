// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"log/slog"
	"os"

	"vipward/watchdog"
)

// ident is a process's name in syslog, as keepalived's.
func ident(r watchdog.Role) string {
	switch r {
	case watchdog.VRRP:
		return "Keepalived_vrrp"
	case watchdog.Checker:
		return "Keepalived_healthcheckers"
	default:
		return "Keepalived"
	}
}

// logger makes the process's only logger; the function flushes it.
func (c *command) logger(r watchdog.Role) (*slog.Logger, func()) {
	var writers []logWriter
	if c.opts.console {
		writers = append(writers, &console{w: c.stderr})
	}
	if !c.opts.noSyslog {
		c.syslog = newSyslog(devLog, ident(r), c.opts.facility)
		writers = append(writers, c.syslog)
	}
	if c.opts.logToFile {
		f, err := openLogFile(logFilePath(c.opts.logFile, os.Getenv("TMPDIR"), r))
		if err != nil {
			_, _ = fmt.Fprintln(c.stderr, err)
		}
		writers = append(writers, &console{w: f})
	}
	q := newLogQueue(queueLength, writers...)
	return slog.New(&lineHandler{queue: q, min: c.minLevel()}), q.close
}

func (c *command) minLevel() slog.Level {
	if c.opts.detail {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}
