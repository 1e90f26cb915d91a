#!/usr/bin/env bash
# Makes a small Debian image from packages alone, without any image to start from. Takes root and debootstrap.
# Usage: debian-image.sh TAG
set -euo pipefail
tag=$1

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
rootfs=$work/rootfs # not $work itself: that folder is closed to others, and so would the image's root be

debootstrap --variant=minbase trixie "$rootfs"

# What no container needs, now and in later installs.
cat >"$rootfs/etc/dpkg/dpkg.cfg.d/small-image" <<'END'
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/man/*
END
for folder in usr/share/{doc,info,locale,man} var/lib/apt/lists var/cache/apt var/log; do
  find "$rootfs/$folder" -mindepth 1 -delete
done

tar -C "$rootfs" -c . | docker import - "$tag"
