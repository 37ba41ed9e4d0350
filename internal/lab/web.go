// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Web is an HTTP server on a host that answers every request with the host's name.
type Web struct {
	host  *Host
	addr  string
	stop  func()
	count atomic.Int64
}

// Web starts an HTTP server at an address ("10.0.0.5:80", ":80").
func (h *Host) Web(addr string) *Web {
	h.t.Helper()
	w := &Web{host: h, addr: addr}
	w.Start()
	return w
}

// Start starts the server again after Stop.
func (w *Web) Start() {
	t := w.host.t
	t.Helper()
	var l net.Listener
	err := w.host.Do(func() (err error) {
		l, err = net.Listen("tcp", w.addr)
		return err
	})
	w.host.must("listen at "+w.addr, err)
	server := &http.Server{Handler: http.HandlerFunc(w.answer), ReadHeaderTimeout: 10 * time.Second}
	w.stop = spawn(t, "web server of "+w.host.Name, func(ctx context.Context) error {
		defer context.AfterFunc(ctx, func() { _ = server.Close() })()
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
}

// Stop ends the server and its connections: new ones are refused.
func (w *Web) Stop() { w.stop() }

// Requests is how many requests the server has answered.
func (w *Web) Requests() int { return int(w.count.Load()) }

func (w *Web) answer(rw http.ResponseWriter, _ *http.Request) {
	w.count.Add(1)
	fmt.Fprintln(rw, w.host.Name) // the client may be gone; nobody waits for the rest then
}

// Client is an HTTP client on the host. With keepAlive it uses one connection for many
// requests, else a fresh one for each.
func (h *Host) Client(keepAlive bool, limit time.Duration) *http.Client {
	transport := &http.Transport{DisableKeepAlives: !keepAlive, DialContext: h.dial}
	h.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: limit}
}

// Get asks for a URL over a fresh connection and returns the answer without the newline.
func (h *Host) Get(url string) (string, error) {
	client := h.Client(false, 2*time.Second)
	defer client.CloseIdleConnections()
	return Fetch(client, url)
}

// Fetch asks for a URL and returns the answer without the newline.
func Fetch(client *http.Client, url string) (string, error) {
	resp, err := client.Get(url)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("get %s: %s", url, resp.Status)
	}
	return strings.TrimSpace(string(body)), nil
}

// Dial opens a connection from the host. The address is a literal one.
func (h *Host) Dial(network, addr string) (net.Conn, error) {
	return h.dial(h.t.Context(), network, addr)
}

func (h *Host) dial(ctx context.Context, network, addr string) (conn net.Conn, err error) {
	err = h.Do(func() error {
		conn, err = (&net.Dialer{}).DialContext(ctx, network, addr)
		return err
	})
	return conn, err
}
