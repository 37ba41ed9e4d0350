// SPDX-License-Identifier: Apache-2.0

package track

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Reading is what was found in a tracked file.
type Reading struct {
	Value   File
	Invalid *int64 // a number that is not taken: the earlier value stays
	Err     error  // the file is there and cannot be read; it counts as 0
}

// maxReading is how much of a file is looked at.
const maxReading = 128

// ReadFile reads the number in a tracked file. A missing file holds 0, as keepalived says.
func ReadFile(path string) Reading {
	text, err := head(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Reading{}
	case err != nil:
		return Reading{Err: err}
	}
	n, ok := ParseFile(text)
	if !ok {
		return Reading{Invalid: &n}
	}
	return Reading{Value: File(n)}
}

// head reads the beginning of a file, and of nothing else: a pipe could keep us waiting.
func head(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: not a regular file", path)
	}
	return io.ReadAll(io.LimitReader(f, maxReading))
}

// InitFile writes value to a file that is to be tracked, unless it is there and overwrite
// is not set. A link in the place of the file is not followed.
func InitFile(path string, value int, overwrite bool) error {
	flags := os.O_WRONLY | os.O_CREATE | unix.O_NOFOLLOW
	if overwrite {
		flags |= os.O_TRUNC
	} else {
		flags |= os.O_EXCL
	}
	f, err := os.OpenFile(path, flags|unix.O_NONBLOCK, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return err
	}
	_, err = f.WriteString(strconv.Itoa(value) + "\n")
	return errors.Join(err, f.Close())
}
