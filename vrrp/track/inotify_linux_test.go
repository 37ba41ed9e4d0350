// SPDX-License-Identifier: Apache-2.0

package track

import (
	"encoding/binary"
	"errors"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// inotifyEvent makes an event as the kernel does.
func inotifyEvent(wd int32, mask uint32, name string, padding int) []byte {
	b := make([]byte, unix.SizeofInotifyEvent+len(name)+padding)
	binary.NativeEndian.PutUint32(b, uint32(wd))
	binary.NativeEndian.PutUint32(b[4:], mask)
	binary.NativeEndian.PutUint32(b[12:], uint32(len(name)+padding))
	copy(b[unix.SizeofInotifyEvent:], name)
	return b
}

// TestDecodeEvents takes several events of one read apart.
func TestDecodeEvents(t *testing.T) {
	t.Parallel()
	b := inotifyEvent(1, unix.IN_CLOSE_WRITE, "f", 15)
	b = append(b, inotifyEvent(2, unix.IN_DELETE_SELF, "", 0)...)
	b = append(b, inotifyEvent(-1, unix.IN_Q_OVERFLOW, "", 0)...)
	got, err := decodeEvents(b)
	must(t, err)
	want := []dirEvent{{wd: 1, name: "f"}, {wd: 2}, {wd: -1, all: true}}
	if diff := gocmp.Diff(want, got, gocmp.AllowUnexported(dirEvent{})); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	for n := range b {
		if events, err := decodeEvents(b[:n]); err == nil && len(events) == len(want) || err != nil && !errors.Is(err, errShortEvent) {
			t.Errorf("cut to %d bytes: %v, %v", n, events, err)
		}
	}
}

// FuzzDecodeEvents: nothing that can be read makes it fail otherwise than by saying so.
func FuzzDecodeEvents(f *testing.F) {
	f.Add(inotifyEvent(1, unix.IN_CREATE, "name", 12))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := decodeEvents(b); err != nil && !errors.Is(err, errShortEvent) {
			t.Error(err)
		}
	})
}
