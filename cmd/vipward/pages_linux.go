// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"reflect"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// dropProgram gives back the pages of the program file that this process has looked at: most of
// them only the reading of a configuration needs. What is used again comes back, as a rule from
// the kernel's cache and without a disk. A process whose memory is locked must keep them. smaps is
// /proc/self/smaps.
func dropProgram(smaps string) error {
	f, err := os.Open(smaps)
	if err != nil {
		return err
	}
	defer f.Close()
	all, err := readMappings(f)
	if err != nil {
		return fmt.Errorf("read %s: %w", smaps, err)
	}
	for _, m := range programOf(all, reflect.ValueOf(dropProgram).Pointer()) {
		if _, _, e := unix.Syscall(unix.SYS_MADVISE, m.start, m.end-m.start, unix.MADV_DONTNEED); e != 0 {
			return fmt.Errorf("give back %d kB of the program: %w", (m.end-m.start)/1024, e)
		}
	}
	return nil
}

// mapping is a part of this process's memory.
type mapping struct {
	start, end uintptr
	perms      string // "r-xp"
	file       string // device and inode
	rss        int    // kB in memory
	own        int    // kB that are not as in the file, also in swap
}

// readMappings reads /proc/self/smaps.
func readMappings(r io.Reader) ([]mapping, error) {
	var all []mapping
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		switch {
		case len(f) >= 5 && strings.Contains(f[0], "-"):
			m := mapping{perms: f[1], file: f[3] + " " + f[4]}
			if err := m.place(f[0]); err != nil {
				return nil, err
			}
			all = append(all, m)
		case len(f) == 3 && len(all) > 0:
			if err := all[len(all)-1].note(f[0], f[1]); err != nil {
				return nil, err
			}
		}
	}
	return all, lines.Err()
}

// place takes addresses such as "00400000-00ac9000".
func (m *mapping) place(text string) error {
	from, to, _ := strings.Cut(text, "-")
	start, err := strconv.ParseUint(from, 16, 64)
	if err != nil {
		return err
	}
	end, err := strconv.ParseUint(to, 16, 64)
	m.start, m.end = uintptr(start), uintptr(end)
	return err
}

// note takes a line such as "Rss: 12 kB".
func (m *mapping) note(key, kB string) error {
	var to *int
	switch key {
	case "Rss:":
		to = &m.rss
	case "Anonymous:", "Swap:":
		to = &m.own
	default:
		return nil
	}
	n, err := strconv.Atoi(kB)
	*to += n
	return err
}

// programOf gives the mappings of the file whose code is at pc that are as in the file and can
// only be read.
func programOf(all []mapping, pc uintptr) []mapping {
	var file string
	for _, m := range all {
		if m.start <= pc && pc < m.end {
			file = m.file
		}
	}
	var out []mapping
	for _, m := range all {
		if m.file == file && m.own == 0 && (m.perms == "r-xp" || m.perms == "r--p") {
			out = append(out, m)
		}
	}
	return out
}
