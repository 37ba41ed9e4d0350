// SPDX-License-Identifier: Apache-2.0

package track

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// maxCommand is how much of a command line is compared.
const maxCommand = 4096

// procfs reads /proc. It is not safe for concurrent use.
type procfs struct {
	root string // "/proc"
	buf  [maxCommand]byte
}

// pids lists the processes of the machine, or of the PID namespace.
func (p *procfs) pids() ([]int, error) {
	dir, err := os.Open(p.root)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	pids := make([]int, 0, len(entries))
	for _, name := range entries {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// comm is the kernel's name of a process; "" when there is no such process.
func (p *procfs) comm(pid int) string {
	return string(bytes.TrimSuffix(p.read(pid, "comm"), []byte{'\n'}))
}

// command is the command line, valid until the next call; nil of a process that has ended.
func (p *procfs) command(pid int) []byte { return p.read(pid, "cmdline") }

// ended says whether nobody has waited yet for a process that has ended, or it is gone.
func (p *procfs) ended(pid int) bool {
	stat := p.read(pid, "stat")
	state := stat[bytes.LastIndexByte(stat, ')')+1:] // the name before it may hold anything
	return len(state) < 2 || len(state) == len(stat) || state[1] == 'Z' || state[1] == 'X'
}

// read reads a file with as few system calls as it takes: this is done for each program
// that the machine starts.
func (p *procfs) read(pid int, what string) []byte {
	path := p.root + "/" + strconv.Itoa(pid) + "/" + what
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	n := 0
	for n < len(p.buf) {
		k, err := unix.Read(fd, p.buf[n:])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if n += max(k, 0); k <= 0 || what != "cmdline" {
			break // only a command line may come in pieces
		}
	}
	return p.buf[:n]
}
