// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// MailServer takes every mail.
type MailServer struct {
	mu    sync.Mutex // guards mails
	mails []string
}

// MailServer starts a mail server at an address ("127.0.0.1:25").
func (h *Host) MailServer(addr string) *MailServer {
	h.t.Helper()
	s := &MailServer{}
	var l net.Listener
	err := h.Do(func() (err error) {
		l, err = net.Listen("tcp", addr)
		return err
	})
	h.must("listen at "+addr, err)
	spawn(h.t, "mail server of "+h.Name, func(ctx context.Context) error {
		defer context.AfterFunc(ctx, func() { _ = l.Close() })()
		var g errgroup.Group
		for {
			c, err := l.Accept()
			if err != nil {
				return g.Wait()
			}
			stop := context.AfterFunc(ctx, func() { _ = c.Close() })
			g.Go(func() error {
				defer stop()
				defer c.Close()
				s.serve(c)
				return nil
			})
		}
	})
	return s
}

// Mails are those that have come, sorted: each is its envelope and its text, line by line,
// without greeting and date.
func (s *MailServer) Mails() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(slices.Values(s.mails))
}

func (s *MailServer) serve(c net.Conn) {
	fmt.Fprint(c, "220 lab\r\n")
	var said []string
	lines, data := bufio.NewScanner(c), false
	for lines.Scan() {
		line := lines.Text()
		if !strings.HasPrefix(line, "Date: ") && !strings.HasPrefix(line, "HELO ") && !strings.HasPrefix(line, "EHLO ") {
			said = append(said, line)
		}
		switch {
		case data && line != ".":
		case line == "DATA":
			data = true
			fmt.Fprint(c, "354 go\r\n")
		case line == "QUIT":
			s.mu.Lock()
			s.mails = append(s.mails, strings.Join(said, "\n"))
			s.mu.Unlock()
			fmt.Fprint(c, "221 bye\r\n")
			return
		default:
			data = false
			fmt.Fprint(c, "250 ok\r\n")
		}
	}
}
