// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What the kernel sends in one piece is taken apart as the standard library does it.
func TestSplit(t *testing.T) {
	t.Parallel()
	var m message
	for n, k := range []string{"", "10.9.0.1:80", "[fd00::9]:80"} {
		if n > 0 {
			m.dests(33, uint32(n), tcp(k))
		}
		want, err := syscall.ParseNetlinkMessage(m.b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := split(nil, m.b)
		if err != nil || len(got) != n {
			t.Errorf("%d messages: %d, %v", n, len(got), err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d messages (-want +got):\n%s", n, diff)
		}
	}
}

// The last message need not be padded.
func TestSplitOddLength(t *testing.T) {
	t.Parallel()
	var m message
	at := m.begin(33, 0, 3, cmdGetService)
	m.b = append(m.b, 7)
	m.end(at)
	got, err := split(nil, m.b)
	if err != nil || len(got) != 1 || !bytes.Equal(got[0].Data, []byte{cmdGetService, 1, 0, 0, 7}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestSplitRefuses(t *testing.T) {
	t.Parallel()
	var m message
	m.services(33, 1)
	for _, length := range []int{0, syscall.NLMSG_HDRLEN - 1, len(m.b) + 1} {
		binary.NativeEndian.PutUint32(m.b, uint32(length))
		if _, err := split(nil, m.b); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("length %d: %v", length, err)
		}
	}
}

// A socket that is closed again closes nothing else.
func TestSocketClose(t *testing.T) {
	t.Parallel()
	s, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := s.Send([]byte{0}); !errors.Is(err, syscall.EBADF) {
		t.Errorf("after that: %v", err)
	}
}
