// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"bytes"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"
)

// procFiles is the real /proc/sys/net, that of the calling thread's namespace. What is read
// again and again stays open: to open a file takes ten times as long as to read it, and only
// of an open one the kernel tells who writes it.
type procFiles struct {
	kept  map[string]keptFile
	watch *settingWatch // nil: nothing is told
}

// keptFile is a file that stays open.
type keptFile struct {
	fd int
	wd uint32 // of its watch
	ok bool   // it is watched
}

// read reads a file. The descriptor of a setting whose link went, or has another name, is of
// no more use.
func (p *procFiles) read(file string) (int, error) {
	if k, ok := p.kept[file]; ok {
		v, err := readNumber(k.fd, file)
		if err == nil {
			return v, nil
		}
		p.drop(file)
	}
	fd, err := open(file, unix.O_RDONLY)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	return readNumber(fd, file)
}

// keep opens and watches files, as many as descriptors are to be had, and closes all others.
func (p *procFiles) keep(wanted []Sysctl) (told bool) {
	wish := map[string]bool{}
	for _, w := range wanted[:min(len(wanted), mayKeep())] {
		wish[w.at] = true
	}
	for file := range p.kept {
		if !wish[file] {
			p.drop(file)
		}
	}
	if p.kept == nil {
		p.kept = map[string]keptFile{}
	}
	told = len(wanted) <= mayKeep()
	for file := range wish {
		told = p.take(file) && told
	}
	return told
}

// take opens and watches a file, and says whether its changes are told. One that is not there
// does not change.
func (p *procFiles) take(file string) (told bool) {
	k, there := p.kept[file]
	if !there {
		var err error
		if k.fd, err = open(file, unix.O_RDONLY); err != nil {
			return true
		}
		k.wd, k.ok = p.watch.add(k.fd)
		p.kept[file] = k
	}
	return k.ok
}

// drop closes a file.
func (p *procFiles) drop(file string) {
	k := p.kept[file]
	if k.ok {
		p.watch.remove(k.wd)
	}
	_ = unix.Close(k.fd)
	delete(p.kept, file)
}

// mayKeep is how many files may stay open, so that enough descriptors are left for sockets and
// scripts.
func mayKeep() int {
	const most = 8192
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(limit.Cur/4, most))
}

// readNumber does without the allocations of os.ReadFile.
func readNumber(fd int, file string) (int, error) {
	var b [32]byte
	n, err := unix.Pread(fd, b[:], 0)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", file, err)
	}
	v, err := strconv.Atoi(string(bytes.TrimSpace(b[:n])))
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", file, err)
	}
	return v, nil
}

func (*procFiles) write(file string, value int) error {
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
