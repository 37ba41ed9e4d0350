// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync/atomic"
	"time"
)

// consoleRoom is how much the console keeps for one write. Other processes write to the same
// pipe, and beyond PIPE_BUF lines would be mixed up (pipe(7)).
const consoleRoom = 4096

// console writes keepalived's form of -l: the time, and no name. Lines that come together
// are one system call.
type console struct {
	w    io.Writer
	kept []byte
}

func (c *console) write(e entry) {
	const around = len(time.ANSIC) + len(": \n")
	if len(c.kept)+around+len(e.text) > consoleRoom {
		c.flush()
	}
	c.kept = e.when.AppendFormat(slices.Grow(c.kept, consoleRoom-len(c.kept)), time.ANSIC)
	c.kept = append(c.kept, ": "...)
	c.kept = append(c.kept, e.text...)
	c.kept = append(c.kept, '\n')
}

// flush writes what is kept.
func (c *console) flush() {
	if len(c.kept) == 0 {
		return
	}
	_, _ = c.w.Write(c.kept) // nobody can be told that standard error does not work
	c.kept = c.kept[:0]
}

const (
	// devLog is the socket of the system's logger.
	devLog = "/dev/log"
	// syslogRetry is the pause after a connection failed.
	syslogRetry = time.Second
	// syslogLimit bounds one write: a logger that hangs costs its lines.
	syslogLimit = time.Second
)

// syslog writes RFC 3164 to the local logger. A logger that is away is asked again later;
// what comes meanwhile is lost, as with syslog(3).
type syslog struct {
	path     string
	facility int
	tag      atomic.Pointer[string] // ident[pid]
	conn     net.Conn
	retry    time.Time
}

func newSyslog(path, ident string, facility int) *syslog {
	s := &syslog{path: path, facility: facility}
	s.rename(ident)
	return s
}

// rename changes the name of the process in the lines to come. Any goroutine may do so.
func (s *syslog) rename(ident string) {
	tag := fmt.Sprintf("%s[%d]", ident, os.Getpid())
	s.tag.Store(&tag)
}

func (s *syslog) write(e entry) {
	if s.away(e.when) {
		return
	}
	line := fmt.Sprintf("<%d>%s %s: %s", s.facility<<3|e.severity, e.when.Format(time.Stamp), *s.tag.Load(), e.text)
	if s.send(line) {
		return
	}
	// The logger may have been restarted since the last line: once more, afresh.
	s.send(line)
}

// away says whether there was no logger a moment before. A line that has waited in the
// queue is not worth another look at the clock, which may be a system call.
func (s *syslog) away(when time.Time) bool { return s.conn == nil && when.Before(s.retry) }

// send reports whether the line got out, or cannot for now.
func (s *syslog) send(line string) bool {
	now := time.Now()
	if s.conn == nil {
		conn, err := net.DialTimeout("unixgram", s.path, syslogLimit)
		if err != nil {
			s.retry = now.Add(syslogRetry)
			return true
		}
		s.conn = conn
	}
	err := s.conn.SetWriteDeadline(now.Add(syslogLimit))
	if err == nil {
		_, err = io.WriteString(s.conn, line)
	}
	if err != nil {
		_ = s.conn.Close()
		s.conn = nil
	}
	return err == nil
}
