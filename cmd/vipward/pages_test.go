// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// smapsText has, of a program of two parts: its code, constants, constants that were changed in
// memory, some that were and are in swap now, and its variables; and a library.
const smapsText = `00400000-00aca000 r-xp 00000000 fe:00 77                           /usr/sbin/vip ward
Size:               6952 kB
Rss:                2240 kB
Anonymous:             0 kB
Swap:                  0 kB
THPeligible:           0
VmFlags: rd ex mr mw me dw sd
00aca000-01207000 r--p 006ca000 fe:00 77                           /usr/sbin/vip ward
Rss:                4904 kB
Anonymous:             0 kB
01207000-01208000 r--p 00e07000 fe:00 77                           /usr/sbin/vip ward
Rss:                   4 kB
Anonymous:             4 kB
01208000-01209000 r--p 00e08000 fe:00 77                           /usr/sbin/vip ward
Rss:                   0 kB
Anonymous:             0 kB
Swap:                  4 kB
01209000-01289000 rw-p 00e09000 fe:00 77                           /usr/sbin/vip ward
Rss:                 392 kB
Anonymous:             0 kB
7f0000000000-7f0000001000 r-xp 00000000 fe:00 78                   /lib/other
Rss:                   4 kB
Anonymous:             0 kB
7ffc00000000-7ffc00001000 r--p 00000000 00:00 0                    [vvar]
Rss:                   0 kB
`

func TestProgramOf(t *testing.T) {
	t.Parallel()
	all, err := readMappings(strings.NewReader(smapsText))
	if err != nil {
		t.Fatal(err)
	}
	want := []mapping{
		{start: 0x400000, end: 0xaca000, perms: "r-xp", file: "fe:00 77", rss: 2240},
		{start: 0xaca000, end: 0x1207000, perms: "r--p", file: "fe:00 77", rss: 4904},
	}
	if diff := cmp.Diff(want, programOf(all, 0x400001), cmp.AllowUnexported(mapping{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := programOf(all, 0x123); got != nil {
		t.Errorf("code that is nowhere: %v", got)
	}
	for _, text := range []string{"xyz-1 r-xp 0 0 0\n", "1-xyz r-xp 0 0 0\n", "1-2 r-xp 0 0 0\nRss: much kB\n"} {
		if got, err := readMappings(strings.NewReader(text)); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

// What is given back is not in memory any more, and the program goes on. The test is not parallel:
// others would need the pages at once.
func TestDropProgram(t *testing.T) {
	const smaps = "/proc/self/smaps"
	inMemory := func() int {
		f, err := os.Open(smaps)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		all, err := readMappings(f)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0
		for _, m := range programOf(all, reflect.ValueOf(dropProgram).Pointer()) {
			sum += m.rss
		}
		return sum
	}
	before := inMemory()
	if err := dropProgram(smaps); err != nil {
		t.Fatal(err)
	}
	if after := inMemory(); before == 0 || after > before*3/4 {
		t.Errorf("%d kB of the program in memory, %d kB before", after, before)
	}
	if err := dropProgram(filepath.Join(t.TempDir(), "smaps")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without /proc: %v", err)
	}
}
