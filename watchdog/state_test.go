// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tornFile is a file in memory whose writer dies after a number of bytes.
type tornFile struct {
	b    []byte
	left int // bytes that may still be written; negative: no limit
}

var errDied = errors.New("the writer died")

func (f *tornFile) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(f.b)) {
		return 0, io.EOF
	}
	n := copy(p, f.b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *tornFile) WriteAt(p []byte, off int64) (int, error) {
	n := len(p)
	if f.left >= 0 {
		n = min(n, f.left)
		f.left -= n
	}
	if end := int(off) + n; n > 0 && end > len(f.b) {
		f.b = append(f.b, make([]byte, end-len(f.b))...)
	}
	if n > 0 {
		copy(f.b[off:], p[:n])
	}
	if n < len(p) {
		return n, errDied
	}
	return n, nil
}

func whole() *tornFile { return &tornFile{left: -1} }

func TestStateEmpty(t *testing.T) {
	t.Parallel()
	if got := OpenState(whole()).Load(); got != nil {
		t.Errorf("Load of an empty file = %q, want nil", got)
	}
}

func TestStateRoundTrip(t *testing.T) {
	t.Parallel()
	f := whole()
	s := OpenState(f)
	for _, want := range []string{"one", "", "a much longer record", "x", "y"} {
		if err := s.Save([]byte(want)); err != nil {
			t.Fatalf("Save(%q): %v", want, err)
		}
		if diff := cmp.Diff(want, string(s.Load())); diff != "" {
			t.Errorf("same process (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, string(OpenState(f).Load())); diff != "" {
			t.Errorf("successor (-want +got):\n%s", diff)
		}
	}
}

// An empty record was saved: that is not the same as no record.
func TestStateEmptyRecord(t *testing.T) {
	t.Parallel()
	f := whole()
	if err := OpenState(f).Save(nil); err != nil {
		t.Fatal(err)
	}
	if got := OpenState(f).Load(); got == nil || len(got) != 0 {
		t.Errorf("Load = %#v, want empty and not nil", got)
	}
}

// Whatever byte the writer dies at, its successor finds the old record or the new one, whole.
func TestStateTornWrite(t *testing.T) {
	t.Parallel()
	before, after := []byte("the record before"), []byte("the record after, which is longer")
	for cut := range len(after) + headerSize + 1 {
		f := whole()
		s := OpenState(f)
		for _, b := range [][]byte{[]byte("first"), []byte("second"), before} {
			if err := s.Save(b); err != nil {
				t.Fatal(err)
			}
		}
		f.left = cut
		err := s.Save(after)
		want := before
		if cut == len(after)+headerSize {
			want = after
		}
		if died := err != nil; died != (cut < len(after)+headerSize) {
			t.Fatalf("cut at %d: Save: %v", cut, err)
		}
		f.left = -1
		next := OpenState(f)
		if diff := cmp.Diff(string(want), string(next.Load())); diff != "" {
			t.Fatalf("cut at %d: Load (-want +got):\n%s", cut, diff)
		}
		if err := next.Save([]byte("goes on")); err != nil || string(OpenState(f).Load()) != "goes on" {
			t.Fatalf("cut at %d: the successor cannot save: %v", cut, err)
		}
	}
}

// Records of changing size never overlap the valid one, and the file stays small.
func TestStateSizes(t *testing.T) {
	t.Parallel()
	const biggest = 1000
	rnd := rand.New(rand.NewPCG(1, 2))
	f := whole()
	s := OpenState(f)
	for i := range 2000 {
		want := bytes.Repeat([]byte{byte(i)}, rnd.IntN(biggest))
		if err := s.Save(want); err != nil {
			t.Fatal(err)
		}
		if got := OpenState(f).Load(); !bytes.Equal(got, want) {
			t.Fatalf("save %d of %d bytes: Load gave %d bytes", i, len(want), len(got))
		}
	}
	if limit := recordBase + 3*biggest; len(f.b) > limit {
		t.Errorf("file is %d bytes, want at most %d", len(f.b), limit)
	}
}

// Bytes that no State wrote are no record, and do no harm.
func FuzzOpenState(f *testing.F) {
	good := whole()
	if err := OpenState(good).Save([]byte("seed")); err != nil {
		f.Fatal(err)
	}
	f.Add(good.b)
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{0xff}, 200))
	f.Fuzz(func(t *testing.T, b []byte) {
		file := &tornFile{b: bytes.Clone(b), left: -1}
		s := OpenState(file)
		s.Load()
		if s.cur.gen > 1<<62 {
			return // only a hostile writer comes here, and the generation would wrap
		}
		if err := s.Save([]byte("new")); err != nil {
			t.Fatal(err)
		}
		if got := string(OpenState(file).Load()); got != "new" {
			t.Errorf("Load after Save = %q, want new", got)
		}
	})
}

func TestStateInMemfd(t *testing.T) {
	t.Parallel()
	f, err := newMemfd("test")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	big := bytes.Repeat([]byte("state"), 100_000)
	if err := OpenState(f).Save(big); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(OpenState(f).Load(), big) {
		t.Error("a big record did not survive")
	}
}
