// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"vipward/internal/lab"
)

// Each connection is noted with the address that it came to, and closed.
func TestArrivals(t *testing.T) {
	t.Parallel()
	h := lab.NewHost(t, "servers")
	a := listen(t, h)
	begun := time.Now()
	for _, to := range []string{"127.0.0.3:80", "127.0.0.9:80", "127.0.0.3:80"} {
		var conn net.Conn
		err := h.Do(func() (err error) {
			conn, err = net.Dial("tcp4", to)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", to, err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
	lab.Wait(t, time.Minute, "three connections", func() error {
		var got []uint32
		for _, x := range a.between(begun, time.Now()) {
			got = append(got, x.addr)
		}
		if fmt.Sprintf("%x", got) != "[7f000003 7f000009 7f000003]" {
			return fmt.Errorf("%x", got)
		}
		return nil
	})
}
