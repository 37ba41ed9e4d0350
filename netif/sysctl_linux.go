// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"errors"
	"io/fs"
	"slices"
)

// settings keeps sysctls: it remembers what they were, puts back what others change, and
// restores what is not wanted any more.
type settings struct {
	files  sysctlFiles
	was    memory
	wanted []Sysctl
	looked []Sysctl       // at, of wanted
	next   int            // of looked, for turn
	due    []Sysctl       // scratch of turn
	names  map[int]string // of the links of wanted and was
}

// sysctlFiles reads and writes below /proc/sys/net.
type sysctlFiles interface {
	read(file string) (int, error)
	write(file string, value int) error
	// keep says which files are read again and again. It returns whether a change of any of
	// them is told.
	keep(wanted []Sysctl) (told bool)
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
		if w.at == "" {
			w.at = w.file(name)
		}
		now, err := s.files.read(w.at)
		if err == nil && now != w.Value {
			done = append(done, SysctlChange{w.text(name), w.Value, s.files.write(w.at, w.Value)})
		}
	}
	return done
}

// want changes what turn looks at, and says whether a change of any of it is told.
//
// addr_gen_mode is not looked at again: it matters when a link comes up, and the kernel does not
// wait for its lock when it is read, but tries again and again. With realtime priority that takes
// the processor from whoever holds the lock.
func (s *settings) want(list []Sysctl) (told bool) {
	s.wanted, s.looked = list, nil
	for i, w := range list {
		list[i].at = w.file(s.names[w.Link])
		if w.Path != addrGenMode {
			s.looked = append(s.looked, list[i])
		}
	}
	return s.files.keep(s.looked)
}

// checkAtOnce is how many settings are looked at in one turn, those of 250 VMACs: 2.5 ms.
const checkAtOnce = 1600

// turn lists the settings to look at now: the next ones, and all that are not of our own links.
func (s *settings) turn() []Sysctl {
	if len(s.looked) <= checkAtOnce {
		return s.looked
	}
	s.due = s.due[:0]
	for _, w := range s.looked {
		if !w.own {
			s.due = append(s.due, w)
		}
	}
	for range checkAtOnce {
		if s.next++; s.next >= len(s.looked) {
			s.next = 0
		}
		if w := s.looked[s.next]; w.own {
			s.due = append(s.due, w)
		}
	}
	return s.due
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
