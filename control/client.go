// SPDX-License-Identifier: Apache-2.0

package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vipward/checker"
	"vipward/watchdog"
)

// Client talks to a daemon's socket.
type Client struct {
	path string
	http *http.Client
}

// NewClient makes a client for the socket at path.
func NewClient(path string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	// A connection for each request: one that idles would take a place at the socket.
	return &Client{path: path, http: &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// RefusedError is the daemon's no.
type RefusedError struct {
	Code int // of HTTP
	Text string
}

// Error gives the daemon's words.
func (e *RefusedError) Error() string { return e.Text }

// State asks for everything.
func (c *Client) State(ctx context.Context) (*State, error) {
	v := new(State)
	return v, c.call(ctx, "GET", "/v1/status", nil, v)
}

// Raw asks for a path and gives the body as it is.
func (c *Client) Raw(ctx context.Context, path string) ([]byte, error) {
	var b bytes.Buffer
	err := c.call(ctx, "GET", path, nil, &b)
	return b.Bytes(), err
}

// Reload makes the daemon read its configuration and waits for the outcome.
func (c *Client) Reload(ctx context.Context) (watchdog.ReloadResult, error) {
	var r watchdog.ReloadResult
	resp, err := c.send(ctx, "POST", "/v1/reload", nil)
	if err != nil {
		return r, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusConflict {
		return r, refusal(resp)
	}
	return r, json.NewDecoder(resp.Body).Decode(&r)
}

// Failover hands the mastership of an instance or sync group over.
func (c *Client) Failover(ctx context.Context, instance string, force bool) (FailoverResult, error) {
	var r FailoverResult
	return r, c.call(ctx, "POST", "/v1/instances/"+url.PathEscape(instance)+"/failover", Failover{force}, &r)
}

// Maintenance makes an instance or sync group rest, or takes that back.
func (c *Client) Maintenance(ctx context.Context, instance string, on bool) error {
	return c.call(ctx, "PUT", "/v1/instances/"+url.PathEscape(instance)+"/maintenance", Maintenance{on}, nil)
}

// Order says what is to become of a real server.
func (c *Client) Order(ctx context.Context, o checker.Order) error {
	return c.call(ctx, "PUT", "/v1/real-servers", o, nil)
}

// maxEvent bounds a line of the stream of events.
const maxEvent = 1 << 20

// Events calls each for what happens behind an event; since 0 is all that is kept. An event
// with the number 0 says how many were lost. It ends with ctx, with the daemon, or with an error
// of each.
func (c *Client) Events(ctx context.Context, since uint64, each func(Event) error) error {
	resp, err := c.send(ctx, "GET", fmt.Sprintf("/v1/events?since=%d", since), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return refusal(resp)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, maxEvent)
	for lines.Scan() {
		data, found := strings.CutPrefix(lines.Text(), "data: ")
		if !found {
			continue
		}
		e, err := readEvent([]byte(data))
		if err != nil {
			return fmt.Errorf("read an event: %w", err)
		}
		if err := each(e); err != nil {
			return err
		}
	}
	return lines.Err()
}

// lostKind is the kind of what tells how many events were lost. It has no number.
const lostKind = "lost"

func readEvent(data []byte) (Event, error) {
	var e struct {
		Event
		gap
	}
	err := json.Unmarshal(data, &e)
	if e.gap != (gap{}) {
		return Event{At: time.Now(), Kind: lostKind, Data: data}, err
	}
	return e.Event, err
}

// call sends a request and reads the answer into v: a *bytes.Buffer takes it as it is.
func (c *Client) call(ctx context.Context, method, path string, body, v any) error {
	resp, err := c.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return refusal(resp)
	}
	switch v := v.(type) {
	case nil:
		return nil
	case *bytes.Buffer:
		_, err = v.ReadFrom(resp.Body)
		return err
	default:
		return json.NewDecoder(resp.Body).Decode(v)
	}
}

func (c *Client) send(ctx context.Context, method, path string, body any) (*http.Response, error) {
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		r = bytes.NewReader(b)
	}
	q, err := http.NewRequestWithContext(ctx, method, "http://vipward"+path, r)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(q)
	var op *url.Error
	if errors.As(err, &op) {
		err = op.Err // without our invented address
	}
	return resp, err
}

// refusal reads why the daemon said no.
func refusal(resp *http.Response) error {
	var p Problem
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxEvent)).Decode(&p); err != nil || p.Error == "" {
		p.Error = resp.Status
	}
	return &RefusedError{resp.StatusCode, p.Error}
}
