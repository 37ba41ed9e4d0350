// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"vipward/conf"
)

// Why a mail server is not good; ErrConnect and ErrRead are others.
var (
	ErrBanner = errors.New("greeting")
	ErrHELO   = errors.New("answer to HELO")
)

// maxSMTPLine is the longest line that is read, as keepalived's.
const maxSMTPLine = 512

// smtp is SMTP_CHECK: greeting, HELO, QUIT.
type smtp struct{ *conf.Checker }

// Run implements Probe.
func (c smtp) Run(ctx context.Context) Result {
	conn, err := dial(ctx, c.Checker)
	if err != nil {
		r := judge(err)
		r.Cause = errors.Join(ErrConnect, r.Cause)
		return r
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	err = c.talk(ctx, conn)
	switch {
	case err == nil:
		return Result{Outcome: Passed}
	case ctx.Err() != nil:
		return Result{Outcome: Untold, Cause: ctx.Err()}
	default:
		return Result{Outcome: Failed, Cause: err}
	}
}

// talk holds the whole conversation. On a wrong answer it ends without QUIT,
// as keepalived does. What the server says to QUIT does not matter, but it
// must say something.
func (c smtp) talk(ctx context.Context, conn net.Conn) error {
	in := bufio.NewReaderSize(conn, maxSMTPLine)
	for _, step := range []struct {
		say, want string
		wrong     error
	}{
		{"", "220", ErrBanner},
		{"HELO " + c.SMTP.HELO + "\r\n", "250", ErrHELO},
		{"QUIT\r\n", "", nil},
	} {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		// One limit for a step: a line that comes byte by byte is no answer.
		_ = conn.SetDeadline(time.Now().Add(c.ConnectTimeout))
		if _, err := io.WriteString(conn, step.say); err != nil {
			return errors.Join(ErrRead, err)
		}
		line, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull) && step.wrong == nil:
			return nil
		case errors.Is(err, bufio.ErrBufferFull):
			return fmt.Errorf("%w: longer than %d bytes", step.wrong, maxSMTPLine)
		case err != nil:
			return errors.Join(ErrRead, err)
		case step.wrong != nil && !isReply(line, step.want):
			return fmt.Errorf("%w: %q", step.wrong, line)
		}
	}
	return nil
}

// isReply says whether a line is a code alone or with a text behind a blank.
// A code with "-" begins an answer of several lines, which keepalived refuses.
func isReply(line []byte, code string) bool {
	return len(line) > len(code) && string(line[:len(code)]) == code && (line[len(code)] == ' ' || line[len(code)] == '\n')
}
