// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// settings keeps sysctls: it remembers what they were, puts back what others change, and
// restores what is not wanted any more.
type settings struct {
	files  sysctlFiles
	was    memory
	wanted []Sysctl
	next   int            // of wanted, for turn
	names  map[int]string // of the links of wanted and was
}

// sysctlFiles reads and writes below /proc/sys/net.
type sysctlFiles interface {
	read(file string) (int, error)
	write(file string, value int) error
}

// SysctlChange is a setting that was written.
type SysctlChange struct {
	Name  string // as sysctl(8) writes it
	Value int
	Err   error
}

// before is the value of the time before we changed it.
func (s *settings) before(want Sysctl) (int, bool) {
	if v, ok := s.was[want.key()]; ok {
		return v, true
	}
	v, err := s.files.read(want.file(s.names[want.Link]))
	return v, err == nil
}

// grow remembers the present values of what is to be changed, and says whether that is new.
func (s *settings) grow(want []Sysctl) bool {
	grown := false
	for _, w := range want {
		if _, ok := s.was[w.key()]; ok || w.own {
			continue
		}
		now, err := s.files.read(w.file(s.names[w.Link]))
		if err == nil && now != w.Value {
			s.was[w.key()] = now
			grown = true
		}
	}
	return grown
}

// write brings all of want about. A setting that this kernel does not have is none that can
// be wrong.
func (s *settings) write(want []Sysctl) []SysctlChange {
	var done []SysctlChange
	for _, w := range want {
		name := s.names[w.Link]
		now, err := s.files.read(w.file(name))
		if err == nil && now != w.Value {
			done = append(done, SysctlChange{w.text(name), w.Value, s.files.write(w.file(name), w.Value)})
		}
	}
	return done
}

// checkAtOnce is how many settings of our own links are looked at in one turn.
const checkAtOnce = 60

// turn lists the settings to look at now: all of other links, and the next ones of ours.
func (s *settings) turn() []Sysctl {
	var list []Sysctl
	for _, w := range s.wanted {
		if !w.own {
			list = append(list, w)
		}
	}
	for n := 0; n < min(checkAtOnce, len(s.wanted)); n++ {
		if s.next++; s.next >= len(s.wanted) {
			s.next = 0
		}
		if w := s.wanted[s.next]; w.own {
			list = append(list, w)
		}
	}
	return list
}

// restore puts back what is remembered and not wanted any more. With its link a setting is
// gone.
func (s *settings) restore() []SysctlChange {
	keep := map[sysctlKey]bool{}
	for _, w := range s.wanted {
		keep[w.key()] = true
	}
	var done []SysctlChange
	for _, old := range slices.Backward(s.was.list()) { // all before the single links: nothing is open meanwhile
		if keep[old.key()] {
			continue
		}
		delete(s.was, old.key())
		name, ok := s.names[old.Link]
		if !ok && old.Link != 0 {
			continue
		}
		err := s.files.write(old.file(name), old.Value)
		if !errors.Is(err, fs.ErrNotExist) {
			done = append(done, SysctlChange{old.text(name), old.Value, err})
		}
	}
	return done
}

// procFiles is the real /proc/sys/net, that of the calling thread's namespace.
type procFiles struct{}

// read does without the allocations of os.ReadFile, since it is done for each setting many
// times a second.
func (procFiles) read(file string) (int, error) {
	fd, err := open(file, unix.O_RDONLY)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	var b [32]byte
	n, err := unix.Read(fd, b[:])
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", file, err)
	}
	v, err := strconv.Atoi(string(bytes.TrimSpace(b[:n])))
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", file, err)
	}
	return v, nil
}

func (procFiles) write(file string, value int) error {
	fd, err := open(file, unix.O_WRONLY)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if _, err := unix.Write(fd, strconv.AppendInt(nil, int64(value), 10)); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}

func open(file string, flags int) (int, error) {
	fd, err := unix.Open("/proc/sys/net/"+file, flags|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if err != nil {
		return -1, fmt.Errorf("open %s: %w", file, err)
	}
	return fd, nil
}
