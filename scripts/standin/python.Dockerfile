# Stands in for the official Python image where no image registry can be reached: Debian's Python, with the very
# versions of Flask and gunicorn that fixtures/app/requirements.txt pins, so that pip finds them satisfied.
ARG DEBIAN_IMAGE
FROM ${DEBIAN_IMAGE}

# pip may install into the system's Python here, as it does in the official image.
ENV PIP_BREAK_SYSTEM_PACKAGES=1 \
    PIP_ROOT_USER_ACTION=ignore \
    PIP_DISABLE_PIP_VERSION_CHECK=1

RUN apt-get update \
 && apt-get install -y --no-install-recommends gunicorn python-is-python3 python3 python3-flask python3-pip \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/*

CMD ["python3"]
