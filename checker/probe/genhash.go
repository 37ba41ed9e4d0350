// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"vipward/conf"
)

// Fetched is a page as it came.
type Fetched struct {
	Header []byte // with the empty line
	Body   []byte
	Sum    [md5.Size]byte // of the body
}

// Fetch gets the first page of an HTTP check as the check would ask for it,
// whatever its status. The connect_timeout limits each wait for the server.
func Fetch(ctx context.Context, c *conf.Checker) (*Fetched, error) {
	conn, err := dial(ctx, c)
	if err != nil {
		return nil, errors.Join(ErrConnect, err)
	}
	defer func() { _ = conn.Close() }()
	conn = patient{conn, c.ConnectTimeout}
	u := &c.HTTP.URLs[0]
	if c.HTTP.TLS {
		if conn, err = (client{sni: u.SNI}).handshake(ctx, conn); err != nil {
			return nil, errors.Join(ErrConnect, err)
		}
	}
	if _, err := conn.Write(request(c.HTTP.Protocol, u.Path, u.Host, target(c))); err != nil {
		return nil, errors.Join(ErrRead, err)
	}
	header, rest, err := readHeader(conn)
	if err != nil {
		return nil, err
	}
	more, err := io.ReadAll(io.LimitReader(conn, maxBody))
	if err != nil {
		return nil, errors.Join(ErrRead, err)
	}
	if len(more) == maxBody {
		return nil, fmt.Errorf("%w: the body is longer than %d bytes", ErrReply, maxBody)
	}
	f := &Fetched{Header: append(header, endOfHeader...), Body: append(rest[:len(rest):len(rest)], more...)}
	f.Sum = md5.Sum(f.Body) //nolint:gosec // the configuration's digest is MD5
	return f, nil
}

// patient is a connection that waits so long for each read.
type patient struct {
	net.Conn
	limit time.Duration
}

// Read implements net.Conn.
func (p patient) Read(b []byte) (int, error) {
	if err := p.SetReadDeadline(time.Now().Add(p.limit)); err != nil {
		return 0, err
	}
	return p.Conn.Read(b)
}
