// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// console writes keepalived's form of -l: the time, and no name.
type console struct{ w io.Writer }

func (c console) write(e entry) {
	// Nobody can be told that standard error does not work.
	_, _ = fmt.Fprintf(c.w, "%s: %s\n", e.when.Format(time.ANSIC), e.text)
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
	tag      string // ident[pid]
	conn     net.Conn
	retry    time.Time
}

func newSyslog(path, ident string, facility int) *syslog {
	return &syslog{path: path, facility: facility, tag: fmt.Sprintf("%s[%d]", ident, os.Getpid())}
}

func (s *syslog) write(e entry) {
	line := fmt.Sprintf("<%d>%s %s: %s", s.facility<<3|e.severity, e.when.Format(time.Stamp), s.tag, e.text)
	if s.send(line) {
		return
	}
	// The logger may have been restarted since the last line: once more, afresh.
	s.send(line)
}

// send reports whether the line got out, or cannot for now.
func (s *syslog) send(line string) bool {
	now := time.Now()
	if s.conn == nil {
		if now.Before(s.retry) {
			return true
		}
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
